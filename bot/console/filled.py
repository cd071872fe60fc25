"""What was filled in on a page, as handlers take it."""

from bot.console.visit import Guest

LONGEST = 4000  # characters of one field; handlers say how many they take


def filled(visit: Guest) -> dict[str, str]:
    """The text fields of the form, without blanks around them; files are left out."""
    return {name: visit.text(name, LONGEST) for name, value in visit.form.multi_items() if isinstance(value, str)}
