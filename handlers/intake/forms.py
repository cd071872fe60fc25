"""All forms: for each kind of case the few things without which nobody can begin (DOMAIN 3.7)."""

from collections.abc import Mapping

from handlers.intake.grievance_forms import APPEAL, COMPLAINT_ENFORCEMENT, COMPLAINT_LAWYER, RECONSIDERATION
from handlers.intake.help_forms import LEGAL_AID, MEDIATION, NOTARIZATION, VISIT
from handlers.intake.steps import Form

FORMS: Mapping[str, Form] = {
    form.kind: form
    for form in (
        LEGAL_AID,
        MEDIATION,
        APPEAL,
        RECONSIDERATION,
        NOTARIZATION,
        COMPLAINT_ENFORCEMENT,
        COMPLAINT_LAWYER,
        VISIT,
    )
}
