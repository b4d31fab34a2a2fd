"""JobPosting in the page of a live post: what it says is what the page says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from jobs.board_world import company_of, drawn_town, publish

from intranet.db import db
from intranet.jobs.models import Employment, PayUnit


@pytest.fixture
def company(app):
    return company_of(drawn_town())


def posting(client, post):
    db.session.commit()
    html = client.get(f"/jobs/{post.id}", base_url="http://jobs.example:8000").get_data(
        as_text=True
    )
    [script] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(script)


def test_all_that_the_post_says_is_there(client, company):
    post = publish(company, duties="扫地\n拖地 <b>", must=("保洁",), has_meals=True)
    found = posting(client, post)
    day = post.valid_through.isoformat()
    assert found == {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": "保洁员",
        "description": "<p>扫地</p><p>拖地 &lt;b&gt;</p><p>身体健康，做事细心</p>",
        "datePosted": found["datePosted"],
        "validThrough": f"{day}T23:59:59+08:00",
        "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": "温江鱼凫家政服务有限公司"},
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "光华大道三段 12 号",
                "addressLocality": "温江区",
                "addressRegion": "四川省",
                "addressCountry": "CN",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 30.7012, "longitude": 103.8345},
        },
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "CNY",
            "value": {
                "@type": "QuantitativeValue",
                "minValue": 3000.0,
                "maxValue": 3500.0,
                "unitText": "MONTH",
            },
        },
        "identifier": {
            "@type": "PropertyValue",
            "name": "温江鱼凫家政服务有限公司",
            "value": str(post.id),
        },
        "directApply": False,
        "totalJobOpenings": 2,
        "occupationalCategory": f"4-09-08-01 {found['occupationalCategory'].split(' ', 1)[1]}",
        "url": f"http://jobs.example:8000/jobs/{post.id}",
        "workHours": "周一至周五 08:30–16:00",
        "skills": "保洁",
        "qualifications": "身体健康，做事细心",
        "jobBenefits": "包吃",
    }


def test_pay_by_the_piece_has_no_salary_and_day_work_is_by_the_day(client, company):
    piece = posting(
        client, publish(company, pay_unit=PayUnit.PIECE, pay_min_fen=150, pay_max_fen=150)
    )
    assert "baseSalary" not in piece
    daily = publish(
        company,
        employment=Employment.DAY_WORK,
        pay_unit=PayUnit.DAY,
        pay_min_fen=18_050,
        pay_max_fen=20_000,
    )
    found = posting(client, daily)
    assert found["employmentType"] == "PER_DIEM"
    assert found["baseSalary"]["value"]["minValue"] == 180.5
    assert found["baseSalary"]["value"]["unitText"] == "DAY"


HOUSE = Path(__file__).resolve().parents[2]
# Work on the spot: nobody applies from elsewhere, and nothing is done from home.
NOT_ON_THE_SPOT = {"applicantLocationRequirements", "jobLocationType"}


def judged(html):
    """Return what a reader and a validator of others find in a page."""
    node = shutil.which("node") or str(HOUSE / ".venv" / "bin" / "node")
    command = [node, "tests/jobs/job_posting.mjs"]
    done = subprocess.run(
        command, input=html, capture_output=True, text=True, cwd=HOUSE, check=True
    )
    return json.loads(done.stdout)


def issues_of(told):
    return {(one["severity"], name) for one in told["issues"] for name in one["fieldNames"]}


def test_a_validator_of_others_finds_nothing_amiss(client, company):
    post = publish(company, "保洁员 </script> & \u2028", duties="扫地</script><!--\n拖地")
    db.session.commit()
    html = client.get(f"/jobs/{post.id}").get_data(as_text=True)
    told = judged(html)
    assert [one["title"] for one in told["found"]] == [post.title]
    assert issues_of(told) == {("WARNING", name) for name in NOT_ON_THE_SPOT}


def test_the_validator_sees_what_is_missing(client, company):
    post = publish(company)
    db.session.commit()
    html = client.get(f"/jobs/{post.id}").get_data(as_text=True)
    told = judged(
        html.replace('"datePosted"', '"dateposted"').replace('"addressCountry"', '"country"')
    )
    assert {"datePosted", "jobLocation.address.addressCountry"} <= {
        name for severity, name in issues_of(told) if severity == "ERROR"
    }
