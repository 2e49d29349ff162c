"""Names of streets, estates and utilities, as a town of the plain would have them."""

from __future__ import annotations

import numpy as np

_FIRST = (
    *(
        "人民",
        "中山",
        "解放",
        "建设",
        "和平",
        "胜利",
        "新华",
        "文化",
        "光明",
        "团结",
        "友谊",
        "工农",
        "东风",
        "红旗",
        "朝阳",
        "长江",
    ),
    *(
        "黄河",
        "泰山",
        "嵩山",
        "华山",
        "衡山",
        "昆仑",
        "珠江",
        "淮河",
        "汉江",
        "太湖",
        "洞庭",
        "青年",
        "育才",
        "科学",
        "学府",
        "桐柏",
    ),
    *(
        "金水",
        "花园",
        "经纬",
        "农业",
        "丰产",
        "任寨",
        "纬五",
        "健康",
        "迎宾",
        "航海",
        "陇海",
        "大学",
        "兴华",
        "永安",
        "安康",
        "长兴",
    ),
    *(
        "富民",
        "振兴",
        "创新",
        "锦绣",
        "银杏",
        "梧桐",
        "海棠",
        "玉兰",
        "翠竹",
        "清风",
        "明月",
        "石桥",
        "柳园",
        "桃源",
        "杏林",
        "荷塘",
    ),
)
_SECOND = ("", "东", "西", "南", "北", "中", "新", "前", "后", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_RIVERS = ("清水河", "金沙河", "贾鲁河", "白鹭河", "龙湖渠", "青龙河", "洛溪", "汝溪")

HOSPITALS = ("市第一人民医院", "市中医院", "妇幼保健院", "区人民医院", "市中心医院")
DIALYSIS = ("康宁血液透析中心", "仁济血液透析中心", "安和血液透析中心")
SCHOOLS = ("实验小学", "第一中学", "育才中学", "朝阳小学", "外国语学校", "第三中学", "文化路小学", "第十二中学")
FIRE_STATIONS = ("消防救援站", "特勤消防站")
ESTATES = ("花园", "新村", "家园", "小区", "公寓", "华庭", "苑", "里")


def street_names(classes: list[int], rng: np.random.Generator) -> tuple[str, ...]:
    """Return a name for each street, each once: 大道 for arterials (class 2), 路 for collectors, 街 and 巷 for the rest."""
    order = rng.permutation(len(_FIRST))
    tails = {2: ("大道", "路"), 1: ("路", "街"), 0: ("街", "巷", "里")}
    taken: set[str] = set()
    names = []
    for number, street_class in enumerate(classes):
        first = _FIRST[order[number % len(order)]]
        choices = tails[street_class]
        tail = choices[int(rng.integers(len(choices)))]
        names.append(_unused(first, tail, number // len(order), taken))
    return tuple(names)


def river_name(number: int) -> str:
    """Return what the ``number``-th river is called."""
    return _RIVERS[number % len(_RIVERS)]


def estate_name(street: str, number: int) -> str:
    """Return the name of a block of flats or an office beside a street."""
    return f"{street}{number}号{ESTATES[number % len(ESTATES)]}"


def _unused(first: str, tail: str, start: int, taken: set[str]) -> str:
    turn = start
    while True:
        second = _SECOND[turn % len(_SECOND)]
        again = turn // len(_SECOND)
        name = f"{first}{second}{tail}" if not again else f"{first}{second}{tail}{again + 1}段"
        if name not in taken:
            taken.add(name)
            return name
        turn += 1
