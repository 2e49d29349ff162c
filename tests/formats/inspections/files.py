"""Small files of inspections, written by hand: one of each format."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

CCTV = """排水管道检测成果表
录像文件,起始井号,终止井号,检测方向,管段长度,检测长度,管径,检测日期,距离(m),缺陷名称代码,缺陷等级,时钟表示,管道内部状况描述,照片编号
a.mp4,YS1,YS2,顺流,40,40,600,2024-05-01,3.5,破裂(PL),2级,0012,裂口,001
,,,,,,,,12,CK,Ⅲ,0507,错口,002
b.mp4,YS3,YS2,逆流,40,20,600,2024-05-01,5,CJ,3,0408,,003
b.mp4,YS3,YS2,逆流,40,20,600,2024-05-01,20,ZZ,,,中止,
d.mp4,YS1,YS3,顺流,80,80,600,2024-05-01,60,SL,3,12,,
"""
"""Two pipes, one of them from its far end and aborted, and both as one run."""

EN_TEXT = """#A1=ISO-8859-1
#A2=de
#A3=;
#A4=,
#A5="
#A6=2010
#B01=AAA;AAB;AAD;AAF;AAK;ABF;ABG;ABH;ABQ;ACB
YS1-YS2;YS2;YS1;YS2;B;2024-05-01;09:05;"Müller; Anna";40,0;600
#C=I;J;A;B;C;D;G;H;F;M
0,00;;BCD;XP;;;;;;
3,40;;BAB;B;A;2;12;;"quer; Scheitel";5
10,00;A1;BBA;B;;10;4;8;;
22,50;B1;BBA;B;;10;4;8;;6
#Z
"""
"""One inspection against the flow, semicolons and commas, a continuous defect of 12.5 m."""

EN_XML = """<?xml version="1.0" encoding="utf-8"?><DATA><ZA><A6>2010</A6></ZA><ZB>
<AAA>YS1-YS2</AAA><AAB>YS1</AAB><AAD>YS1</AAD><AAF>YS2</AAF><AAK>A</AAK><ABF>2024-05-01</ABF>
<ZC><A>BAB</A><B>B</B><C>A</C><I>3.4</I><G>12</G></ZC><ZC><A>BDC</A><B>A</B><I>20</I></ZC></ZB></DATA>"""

ISYBAU = """<?xml version="1.0" encoding="utf-8"?><Identifikation xmlns="http://www.bfr-abwasser.de"><Datenkollektive>
<Zustandsdatenkollektiv><InspizierteAbwassertechnischeAnlage><Objektbezeichnung>YS1-YS2</Objektbezeichnung>
<OptischeInspektion><Inspektionsdatum>2024-05-01</Inspektionsdatum><Rohrleitung><Inspektionsrichtung>U</Inspektionsrichtung>
<Inspektionslaenge>40.0</Inspektionslaenge><RGrunddaten><KnotenZulauf>YS1</KnotenZulauf><KnotenAblauf>YS2</KnotenAblauf>
</RGrunddaten><Inspektionsdaten><RZustand><Station>10.0</Station><InspektionsKode>BAB</InspektionsKode>
<Charakterisierung1>B</Charakterisierung1><Charakterisierung2>A</Charakterisierung2><PositionVon>12</PositionVon>
<Fotodatei>bilder\\1.jpg</Fotodatei></RZustand></Inspektionsdaten></Rohrleitung></OptischeInspektion>
</InspizierteAbwassertechnischeAnlage></Zustandsdatenkollektiv></Datenkollektive></Identifikation>"""

M150 = """<?xml version="1.0" encoding="ISO-8859-1"?><DATA><HG><HG001>YS1-YS2</HG001><HG003>YS1</HG003><HG004>YS2</HG004>
<HG307>600</HG307><HG310>40,0</HG310><HI><HI101>G</HI101><HI104>01.05.2024</HI104><HI112>Mueller</HI112>
<HZ><HZ001>10,0</HZ001><HZ002>BAB</HZ002><HZ014>B</HZ014><HZ015>A</HZ015><HZ006>12</HZ006><HZ009>1.jpg</HZ009></HZ></HI></HG>
<KG><KG001>YS2</KG001><KI><KI104>20240501</KI104><KZ><KZ001>1,2</KZ001><KZ002>DAB</KZ002><KZ014>B</KZ014></KZ></KI></KG></DATA>"""


def write_wincan(path: Path) -> Path:
    """Write a database as WinCan VX makes them: one inspection, one line that is deleted, a photo and a video."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            CREATE TABLE NODE(OBJ_PK TEXT, OBJ_Key TEXT);
            CREATE TABLE SECTION(OBJ_PK TEXT, OBJ_Key TEXT, OBJ_FromNode_REF TEXT, OBJ_ToNode_REF TEXT, OBJ_Length REAL);
            CREATE TABLE SECINSP(INS_PK TEXT, INS_Section_FK TEXT, INS_StartDate TEXT, INS_InspectionDir TEXT);
            CREATE TABLE SECOBS(OBS_PK TEXT, OBS_Inspection_FK TEXT, OBS_OpCode TEXT, OBS_Char1 TEXT, OBS_Distance REAL,
                OBS_ClockPos1 INTEGER, OBS_SortOrder INTEGER, OBS_Deleted TEXT);
            CREATE TABLE SECOBSMM(OMM_Observation_FK TEXT, OMM_FileName TEXT);
            INSERT INTO NODE VALUES('n1', 'YS1'), ('n2', 'YS2');
            INSERT INTO SECTION VALUES('s', 'YS1-YS2', 'n1', 'n2', 40);
            INSERT INTO SECINSP VALUES('i', 's', '2024-05-01 00:00:00', 'U');
            INSERT INTO SECOBS VALUES('b', 'i', 'BBA', 'B', 12.5, NULL, 2, NULL), ('a', 'i', 'BAB', 'B', 10, 12, 1, NULL),
                ('c', 'i', 'BAC', 'A', 11, 12, 3, '1');
            INSERT INTO SECOBSMM VALUES('a', '1.jpg'), ('a', 'film.mpg');
        """)
        connection.commit()
    return path


def write_all(folder: Path) -> dict[str, Path]:
    """Write one file of each format."""
    texts = {
        "cctv-tables": ("cctv.csv", CCTV),
        "en13508": ("en.txt", EN_TEXT),
        "isybau": ("isy.xml", ISYBAU),
        "dwa-m150": ("m150.xml", M150),
    }
    found = {name: folder / file for name, (file, _text) in texts.items()}
    for name, (_file, text) in texts.items():
        found[name].write_text(text, encoding="gb18030" if name == "cctv-tables" else "cp1252")
    return found | {"wincan": write_wincan(folder / "wincan.db3")}
