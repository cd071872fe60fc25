"""救济途径: what can be done against a refusal, as far as the law of the kind says it; staff may change the text."""

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    # 法律援助法第49条: 异议、五日内审查；对维持决定不服的，复议或者诉讼。
    "legal_aid": (
        "对不予法律援助的决定有异议的，可以向县司法局提出，县司法局收到后 5 日内审查；"
        "对维持的决定还不服的，可以依法申请行政复议或者向人民法院起诉（法律援助法第49条）。"
    ),
}
