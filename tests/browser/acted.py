"""Professionals acted out over HTTP against the running house, for stories that are about the child's own browser."""

import re
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from types import SimpleNamespace
from typing import Any, Literal, cast

import httpx2
from playwright.sync_api import Page

from kindstem import signing, talks
from kindstem.domain import Role
from kindstem.sealing import Offer, readers_record
from kindstem.talks import DeviceKeys
from kindstem.wire import Record, Signed, b64, parse_signed, time_text, unb64
from tests.browser.house import House
from tests.browser.people import Phone
from tests.cast import Professional, Town
from tests.conftest import PROJECT


class Outside:
    """What tests/cast.py calls a town, seen from outside: a server at an address, and the time it is."""

    def __init__(self, house: House) -> None:
        self.origin = house.url
        self.client = httpx2.Client(base_url=house.url, timeout=30)
        page = self.client.get("/").text
        org, name = (re.search(rf'data-{one}="([^"]+)"', page) for one in ("org", "org-name"))
        assert org
        self.org = SimpleNamespace(id=org[1], name=name[1] if name else "Jeugdbescherming Lindehof")

    def clock(self) -> datetime:
        """Now, as everybody knows it."""
        return datetime.now(UTC).replace(microsecond=0)


ROLES = {"Sam": Role.WORKER, "Vera": Role.SECOND, "Jo": Role.CONFIDANT, "Iris": Role.WORKER, "Tess": Role.ONCALL}


@dataclass
class Acted:
    """The house's professionals with keys of their own, introduced to each other, and the children they enrol."""

    house: House
    introduced: list[tuple[str, str]] | None = None
    """Who know each other's keys; everybody's by everybody unless told."""
    outside: Outside = field(init=False)
    people: dict[str, Professional] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outside = Outside(self.house)
        for name in [one for one in self.house.startcodes if one in ROLES]:
            one = Professional(
                cast(Town, self.outside), name=name, role=ROLES[name], startcode=self.house.startcodes[name]
            )
            one.start()
            one.id = one.keys.person
            self.people[name] = one
        pairs = combinations(self.people, 2) if self.introduced is None else self.introduced
        for one, other in pairs:
            assert self[one].introduce(self[other]).status == 200
            assert self[other].introduce(self[one]).status == 200

    def __getitem__(self, name: str) -> Professional:
        return self.people[name]

    def enrol(self, phone: Phone, *, level: Literal["8", "12"] = "12", lang: str = "nl") -> "Case":
        """Link a child's browser, up to the choice of its lock."""
        sam, vera, jo = self["Sam"], self["Vera"], self["Jo"]
        child = sam.post("/desk/api/children", {"second": vera.id}).json["child"]
        now = self.outside.clock()
        pair = [sam.keys.as_reader("worker", now), vera.keys.as_reader("second", now)]
        lists = [
            readers_record(self.outside.org.id, child, "worker", pair, at=now),
            readers_record(self.outside.org.id, child, "confidant", [jo.keys.as_reader("confidant", now)], at=now),
        ]
        everybody = {one["record"]["record"]["person"]: one for one in sam.get("/desk/api/people").json}
        persons = [parse_signed(everybody[one.id]["record"], "person") for one in (sam, vera, jo)]
        offer = Offer.make(lists, persons, org_name=self.outside.org.name, level=level, lang=lang)
        begun = sam.post("/desk/api/enrolments", offer.json())
        assert begun.status == 200, begun.json
        path = f"/desk/api/enrolments/{begun.json['enrolment']}"
        phone.open(offer.qr_text(self.house.url).removeprefix(self.house.url + "/"))
        phone.read_along()
        phone.say_of_phone(None)
        answer = sam.get(path).json["answer"]
        assert offer.check_answer(answer) == phone.digits()
        done = sam.post(f"{path}/activate", Town.countersigned(cast(Town, self.outside), sam, answer))
        assert done.status == 200, done.json
        return Case(sam, child, answer["child"]["record"])


@dataclass
class Case:
    """A child, as its jeugdbeschermer has it."""

    sam: Professional
    child: str
    record: Record
    """The child's own key record."""

    @property
    def path(self) -> str:
        """Where its talks are."""
        return f"/desk/api/children/{self.child}/talks"

    @property
    def keys(self) -> DeviceKeys:
        """The ids of the phone's keys."""
        return talks.device_keys(self.record, signing.signing_key_id)

    def told(self) -> Any:
        """Everything about its talks, as the desk is told."""
        answered = self.sam.get(self.path)
        assert answered.status == 200, answered.json
        return answered.json

    def vouch(self) -> None:
        """Sign the evidence record of its phone, as a desk does."""
        signed = self.sam.keys.evidence(self.told()["subj"], self.record, self.sam.town.clock())
        answered = self.sam.post(f"/desk/api/children/{self.child}/device", {"signed": signed.json()})
        assert answered.status == 200, answered.json

    def talk(self, *, ago: timedelta = timedelta(minutes=50), by: Professional | None = None, **other: Any) -> Signed:
        """A talk of 35 minutes that began so long ago, signed and handed in nowhere."""
        told, start = self.told(), self.sam.town.clock() - ago
        fields = {
            "log": told["log"], "child": self.keys.signing, "kind": "face", "who": "alone", "interpreter": False,
            "planned": "planned", "place": "school", "start": time_text(start),
            "end": time_text(start + timedelta(minutes=35)), "plan": None, "first": None, "prev": None,
            "nb": told["nb"], "release": "0.1.0",
        }  # fmt: skip
        return (by or self.sam).keys.about_talk("talk", told["subj"], **(fields | other))

    def hand_in(self, signed: Signed, **more: Any) -> None:
        """Send a record to the server."""
        answered = self.sam.post(self.path, {"signed": signed.json(), **more})
        assert answered.status == 200, answered.json

    def say(self, t: str, **fields: Any) -> Signed:
        """A record of another kind, signed now."""
        return self.sam.keys.about_talk(t, self.told()["subj"], at=time_text(self.sam.town.clock()), **fields)

    def chain(self, signed: Signed) -> Any:
        """The chain that begins with a record; None before it was handed in."""
        named = talks.hash_of(signed.record)
        return next((one for one in self.told()["chains"] if one["first"] == named), None)

    def answered(self, signed: Signed, number: int = 1) -> list[Signed]:
        """The answers on the chain that begins with a record, once there are so many."""
        for _ in range(600):
            chain = self.chain(signed) or {"records": []}
            found = [one["signed"] for one in chain["records"] if one["type"] == "answer"]
            if len(found) >= number:
                return [talks.parse_signed(one, "answer") for one in found]
            time.sleep(0.1)
        raise AssertionError("the answer did not arrive")

    def read_second_code(self, page: Page, talk: Signed) -> Signed:
        """Scan the square on the child's screen, and check who signed what is in it."""
        text = read_square(page)
        assert text.startswith(f"{self.sam.town.origin}/#{talks.SECOND_CODE}")
        answer = talks.parse_answer(unb64(text.split("#a1.")[1]), talk.record, self.keys)
        assert signing.verify_record(answer, unb64(self.record["signing"]))
        return answer


DECODE = """
  import decode from "qr/decode.js";
  const rows = JSON.parse(process.argv[1]);
  const side = rows.length, scale = 4;
  const data = new Uint8Array(4 * (side * scale) ** 2).fill(255);
  rows.forEach((row, y) => [...row].forEach((dark, x) => {
    if (dark !== "1") return;
    for (let dy = 0; dy < scale; dy++) for (let dx = 0; dx < scale; dx++) {
      const at = 4 * ((y * scale + dy) * side * scale + x * scale + dx);
      data.fill(0, at, at + 3);
    }
  }));
  process.stdout.write(decode({ data, width: side * scale, height: side * scale }));
"""


def read_square(page: Page) -> str:
    """What the QR code on the page says, read as a camera would from its squares."""
    code = page.locator("main svg.qr")
    side = int((code.get_attribute("viewBox") or "").split()[-1])
    grid = [["0"] * side for _ in range(side)]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", code.locator("path").get_attribute("d") or ""):
        grid[int(y)][int(x) : int(x) + int(width)] = "1" * int(width)
    done = subprocess.run(
        ["node", "--input-type=module", "-e", DECODE, str(["".join(row) for row in grid]).replace("'", '"')],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def first_code(talk: Signed) -> str:
    """What stands behind the # of the square on the professional's screen."""
    return f"#{talks.FIRST_CODE}{b64(talks.encode_talk(talk))}"
