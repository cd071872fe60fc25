"""Forms for help: legal aid, mediation, notarization, a visit at home.

Never asked: identity numbers, nation, income, illness (DOMAIN 3.7).
"""

from handlers.intake.answers import Choice
from handlers.intake.shared_steps import (
    CONTACT,
    REACHED,
    SAFE_CALL,
    STORY,
    STORY_EXAMPLE,
    TOWNSHIP,
    UNDER_AGE,
    agreed,
    is_minor,
)
from handlers.intake.steps import Form, Step, Wants

LEGAL_AID = Form(
    kind="legal_aid",
    subject="matter",
    bring=(
        "先备好：①身份证或户口簿；②经济困难说明或个人诚信承诺（免核查的带上证明）；③和事情有关的材料，"
        "如合同、欠条、工资记录、诊断证明、通知书。可以在这里拍照发来，不用让村里开贫困证明。"
    ),
    steps=(
        Step(
            "matter",
            "事项",
            "您想在哪件事上申请法律援助？",
            Wants.CHOICE,
            choices=(
                Choice("讨工钱、确认劳动关系", "工资|工钱|欠薪|劳动关系|劳动合同"),
                Choice("工伤、车祸、医疗等人身伤害", "工伤|车祸|交通事故|医疗|摔伤|受伤|食品"),
                Choice("赡养费、抚养费、扶养费", "赡养|抚养|扶养"),
                Choice("社保、低保、救助、抚恤金", "社保|低保|救助|抚恤|医保|养老"),
                Choice("家暴、虐待、遗弃", "家暴|虐待|遗弃|打我|打骂"),
                Choice("刑事案件", "刑事|被抓|拘留|看守所|坐牢|判刑|取保"),
                Choice("别的事", "别的|其他|其它"),
            ),
        ),
        Step("story", "经过", STORY, Wants.STORY, STORY_EXAMPLE),
        Step(
            "where",
            "在哪里",
            "这件事是在哪里发生、或者在哪里打官司的？",
            Wants.CHOICE,
            choices=(
                Choice("本县", "^(本县|县里|酉阳|这里|当地|本地)"),
                Choice("外地", "外地|外省|外县|打工的地方"),
                Choice("说不清", "不清|不知道|不晓得"),
            ),
        ),
        Step(
            "client",
            "申请人",
            "申请人是下面哪一种？（影响要不要查经济状况）",
            Wants.CHOICE,
            choices=(
                Choice("在外打工的农民工", "农民工|打工|务工|民工"),
                Choice("老年人", "老年|老人|六十|60"),
                Choice("残疾人", "残疾"),
                Choice(UNDER_AGE, "未成年|娃|孩子|小孩"),
                Choice("低保、特困等救助对象", "低保|特困|五保|救助"),
                Choice("军人军属等优抚对象", "军人|军属|烈属|优抚|退役|退伍"),
                Choice("都不是", "^(都不是|不是|没有|没得)$"),
                Choice("不想说", "不想说|不说|保密"),
            ),
        ),
        Step(
            "age",
            "满 14 周岁",
            "孩子满 14 周岁了吗？",
            Wants.YES_NO,
            "满了发“是”，没满发“不是”。",
            when=is_minor,
        ),
        Step(
            "other",
            "对方",
            "对方是谁？（人名、公司或单位）",
            Wants.PARTY,
            "比如“某某建筑公司”；不知道就发“跳过”。",
            optional=True,
        ),
        TOWNSHIP,
        *REACHED,
    ),
)

MEDIATION = Form(
    kind="mediation",
    subject="dispute",
    bring="调解不收钱，要双方都愿意。先备好身份证和能说明事情的东西（欠条、合同、照片、聊天记录），可以在这里拍照发来。",
    steps=(
        Step(
            "dispute",
            "纠纷类型",
            "是哪一类纠纷？",
            Wants.CHOICE,
            column="纠纷类型",
            choices=(
                Choice("婚姻家庭", "婚姻|离婚|夫妻|家庭|彩礼|分家"),
                Choice("邻里", "邻居|邻里|隔壁|滴水|通行"),
                Choice("房屋宅基地", "房屋|宅基地|屋基"),
                Choice("山林土地", "山林|土地|林地|田|地界"),
                Choice("合同", "合同|买卖|借钱|欠钱|借款|租"),
                Choice("损害赔偿", "损害|赔偿|打伤|受伤"),
                Choice("劳动争议", "劳动|工资|工钱|工伤"),
                Choice("道路交通", "交通|车祸|撞"),
                Choice("其他", "其他|其它|别的"),
            ),
        ),
        Step("story", "经过", STORY, Wants.STORY, "比如：隔壁修房子占了我家屋后的路，说了几回都不听，想请人来说和。"),
        Step(
            "other",
            "对方",
            "对方是谁？调解要请对方来。",
            Wants.PARTY,
            "写人名或单位名，比如“李四”；不知道就发“跳过”。",
            optional=True,
        ),
        Step(
            "amount",
            "涉及金额",
            "大概涉及多少钱？",
            Wants.AMOUNT,
            "比如 35000、3.5万、三万五；不涉及钱就发“跳过”。",
            optional=True,
        ),
        Step(
            "already",
            "别处在办",
            "法院、派出所或别的单位，已经受理或处理过这件事吗？",
            Wants.YES_NO,
            "处理过发“是”，没有发“没有”。",
        ),
        TOWNSHIP,
        *REACHED,
    ),
)

NOTARIZATION = Form(
    kind="notarization",
    subject="item",
    bring="先备好身份证、户口簿和办这件公证要用的证件原件。遗嘱、涉及房产的委托，要本人到场，不能代办。",
    steps=(
        Step(
            "item",
            "事项",
            "要办哪一种公证？",
            Wants.CHOICE,
            column="事项",
            choices=(
                Choice("继承", "继承|遗产|过户"),
                Choice("遗嘱", "遗嘱"),
                Choice("委托", "委托|授权"),
                Choice("出生、亲属关系", "出生|亲属"),
                Choice("学历、驾照、证件相符", "学历|学位|驾照|驾驶证|证件"),
                Choice("婚姻状况、无犯罪", "婚姻|单身|无犯罪"),
                Choice("声明、协议", "声明|协议|合同"),
                Choice("别的", "别的|其他|其它"),
            ),
        ),
        Step(
            "use",
            "用在哪里",
            "公证书用在国内还是国外？",
            Wants.CHOICE,
            choices=(Choice("国内", "国内|本地|中国"), Choice("国外和港澳台", "国外|出国|香港|澳门|台湾|境外")),
        ),
        Step(
            "day",
            "想哪天来",
            "想哪天来办？",
            Wants.COMING,
            "比如“下周三”“3月20号”；哪天都行就发“跳过”。",
            optional=True,
        ),
        *REACHED,
    ),
)

VISIT = Form(
    kind="visit",
    subject="need",
    bring="来之前会先打电话约时间。工作人员会出示工作证，上门也不收钱。",
    steps=(
        Step(
            "need",
            "要办什么",
            "您出门不方便，想请工作人员上门办什么？",
            Wants.CHOICE,
            column="服务内容",
            choices=(
                Choice("法律咨询", "咨询|问"),
                Choice("申请法律援助", "法律援助|法援|援助"),
                Choice("调解", "调解"),
                Choice("公证", "公证"),
                Choice("别的", "别的|其他|其它"),
            ),
        ),
        Step("story", "什么事", "大概是什么事？写一两句。", Wants.STORY, "比如：想立个遗嘱，不晓得怎么写。"),
        TOWNSHIP,
        *CONTACT,
        Step(
            "address",
            "地址",
            "上门到哪里？写村、组、门牌就行。",
            Wants.ADDRESS,
            "比如“龙潭镇某某村 3 组 12 号”。",
            when=agreed,
        ),
        *SAFE_CALL,
    ),
)
