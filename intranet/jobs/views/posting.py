"""A post as schema.org's JobPosting, for those who read pages by machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from markupsafe import Markup, escape

from intranet.clock import BEIJING
from intranet.grids.models import Grid, GridKind
from intranet.i18n import _
from intranet.jobs.forms import saying
from intranet.jobs.models import Employment, JobPost, PayUnit, PostSkill
from intranet.jobs.queries import Shown

EMPLOYMENT_TYPES = {
    Employment.FULL_TIME: "FULL_TIME",
    Employment.PART_TIME: "PART_TIME",
    Employment.DAY_WORK: "PER_DIEM",
    Employment.SEASONAL: "TEMPORARY",
    Employment.INTERN: "INTERN",
}
UNITS = {PayUnit.MONTH: "MONTH", PayUnit.DAY: "DAY", PayUnit.HOUR: "HOUR"}
# GB/T 2260: the first two digits of a county's code.
REGIONS = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省",
    "81": "香港特别行政区",
    "82": "澳门特别行政区",
}


def job_posting(
    found: Shown, skills: Sequence[PostSkill], above: Sequence[Grid], address: str
) -> dict[str, Any]:
    """Return the post as JobPosting (schema.org 30); ``above`` are the grids it lies in."""
    post = found.post
    assert post.published_at is not None
    assert post.valid_through is not None
    ends = datetime.combine(post.valid_through, time(23, 59, 59), BEIJING)
    made: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": post.title,
        "description": description(post),
        "datePosted": post.published_at.astimezone(BEIJING).date().isoformat(),
        "validThrough": ends.isoformat(),
        "employmentType": EMPLOYMENT_TYPES[post.employment],
        "hiringOrganization": _organisation(found),
        "jobLocation": _location(post, above),
        "identifier": {
            "@type": "PropertyValue",
            "name": found.company_name,
            "value": f"{post.id}",
        },
        "directApply": False,  # by the station, not by a button here
        "totalJobOpenings": post.openings_left,
        "occupationalCategory": f"{found.occupation.code} {found.occupation.name}",
        "url": address,
    }
    pay = _pay(post)
    if pay is not None:
        made["baseSalary"] = pay
    optional = {
        "workHours": saying.hours_said(post),
        "skills": _(", ").join(one.skill.name for one in skills),
        "qualifications": post.conditions,
        "jobBenefits": _(", ").join([*saying.given_said(post), *filter(None, [post.benefits])]),
    }
    return made | {name: words for name, words in optional.items() if words}


def description(post: JobPost) -> str:
    """Return all that is said of the work, as HTML of paragraphs."""
    parts = (post.duties, post.conditions, post.benefits, post.pay_words, post.how_to_apply)
    lines = [row.strip() for part in parts for row in part.splitlines() if row.strip()]
    return "".join(f"<p>{escape(row)}</p>" for row in lines)


def as_script(made: dict[str, Any]) -> Markup:
    """Return the script element of a page, which no text in it can end. Browsers run none of it."""
    text = json.dumps(made, ensure_ascii=False, indent=1)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 — escaped


def _organisation(found: Shown) -> dict[str, Any]:
    made = {"@type": "Organization", "name": found.company_name}
    if found.credit_code:
        made["identifier"] = found.credit_code
    return made


def _location(post: JobPost, above: Sequence[Grid]) -> dict[str, Any]:
    county = next((one for one in above if one.kind is GridKind.COUNTY), None)
    address = {"@type": "PostalAddress", "streetAddress": post.address, "addressCountry": "CN"}
    if county is not None:
        address["addressLocality"] = county.name
        if county.code[:2] in REGIONS:
            address["addressRegion"] = REGIONS[county.code[:2]]
    made: dict[str, Any] = {"@type": "Place", "address": address}
    if post.latitude is not None:
        made["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": post.latitude,
            "longitude": post.longitude,
        }
    return made


def _pay(post: JobPost) -> dict[str, Any] | None:
    """Return pay as a range; by the piece there is no unit that schema.org knows."""
    if post.pay_unit not in UNITS:
        return None
    value = {
        "@type": "QuantitativeValue",
        "minValue": post.pay_min_fen / 100,
        "maxValue": post.pay_max_fen / 100,
        "unitText": UNITS[post.pay_unit],
    }
    return {"@type": "MonetaryAmount", "currency": "CNY", "value": value}
