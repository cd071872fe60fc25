"""Forms against somebody's doing: appeals, reconsideration, complaints. Some may be handed in without a name."""

from handlers.intake.answers import Choice
from handlers.intake.shared_steps import REACHED, STORY, TOWNSHIP
from handlers.intake.steps import Form, Step, Wants

APPEAL = Form(
    kind="appeal",
    subject="story",
    anonymous=True,
    bring="有照片、文件的，可以在这里拍照发来。",
    steps=(
        Step(
            "story",
            "诉求",
            "您要反映什么事？在哪里、什么时候、希望怎么解决，写几句就行。身份证号不用写。",
            Wants.STORY,
            "比如：我们村口的路灯坏了两个月，晚上看不见，希望有人来修。",
        ),
        Step(
            "organ",
            "涉及单位",
            "这件事归哪个单位、哪个村管？知道就写。",
            Wants.TEXT,
            "比如“某某村委会”；不知道就发“跳过”。",
            optional=True,
        ),
        TOWNSHIP,
        *REACHED,
    ),
)

RECONSIDERATION = Form(
    kind="reconsideration",
    subject="organ",
    bring="先备好：①身份证；②处罚决定书、通知书这类文书和收到它的证明；③能说明您有理的材料。可以在这里拍照发来。行政复议不收钱。",
    steps=(
        Step(
            "organ",
            "被申请人",
            "是哪个单位作的决定？（看文书上盖的章）",
            Wants.TEXT,
            "比如“某某县公安局”“某某镇人民政府”。",
            column="被申请人",
        ),
        Step(
            "act",
            "什么决定",
            "是哪一类决定？",
            Wants.CHOICE,
            column="领域",
            choices=(
                Choice("行政处罚", "处罚|罚款|拘留|没收"),
                Choice("查封扣押等强制", "查封|扣押|强制|拆除"),
                Choice("征地拆迁补偿", "征地|征收|拆迁|补偿"),
                Choice("山林土地确权", "确权|山林|土地|林权"),
                Choice("工伤认定、社保", "工伤|社保|养老|医保"),
                Choice("该管的不管", "不管|不作为|不处理|不答复"),
                Choice("信息公开", "信息公开|公开"),
                Choice("别的", "别的|其他|其它"),
            ),
        ),
        Step(
            "known",
            "知道决定的日子",
            "您是哪天知道这个决定的？（一般从知道起 60 日内可以申请）",
            Wants.PAST,
            "比如“2026年3月5日”“上个月”“昨天”；记不得就发“跳过”。",
            optional=True,
        ),
        Step(
            "story", "经过和要求", STORY, Wants.STORY, "比如：交通局罚我五千，说我非法营运，我只是送亲戚，想撤销处罚。"
        ),
        *REACHED,
    ),
)

COMPLAINT_ENFORCEMENT = Form(
    kind="complaint_enforcement",
    subject="organ",
    anonymous=True,
    bring="有罚单、照片、录像的，可以在这里发来，能帮着查清楚。",
    steps=(
        Step(
            "organ",
            "被投诉单位",
            "您要投诉哪个单位、哪个执法队？",
            Wants.TEXT,
            "比如“某某镇综合执法队”。",
            column="被投诉单位",
        ),
        Step(
            "day",
            "哪天的事",
            "是哪天的事？",
            Wants.PAST,
            "比如“昨天”“上周三”“3月1号”；记不得就发“跳过”。",
            optional=True,
        ),
        Step("story", "经过", STORY, Wants.STORY, "比如：执法的人没出示证件，就把我摊子上的秤收走，也没给单子。"),
        TOWNSHIP,
        *REACHED,
    ),
)

COMPLAINT_LAWYER = Form(
    kind="complaint_lawyer",
    subject="firm",
    anonymous=True,
    bring="有委托合同、收据、聊天记录的，可以在这里拍照发来。",
    steps=(
        Step(
            "firm",
            "律师事务所",
            "是哪家律师事务所、法律服务所？",
            Wants.TEXT,
            "写所的名字，比如“某某律师事务所”。",
            column="律师事务所",
        ),
        Step(
            "other",
            "律师",
            "律师叫什么名字？",
            Wants.PARTY,
            "写名字就行；不知道就发“跳过”。",
            optional=True,
        ),
        Step("story", "经过", STORY, Wants.STORY, "比如：去年交了五千律师费，说好开庭出庭，开庭那天没来，打电话不接。"),
        *REACHED,
    ),
)
