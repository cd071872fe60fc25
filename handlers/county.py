"""The facts that a county supplies: its name, offices, stations, local values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.entry import Place, Township


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """Where an office is. Empty strings where the county has not supplied them."""

    address: str = ""
    phone: str = ""
    hours: str = ""

    def line(self) -> str:
        """The facts in one line, "" where there are none."""
        parts = [self.address, f"电话 {self.phone}" if self.phone else "", self.hours]
        return "，".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class County:
    """The bureau's own facts, from the settings."""

    name: str
    service: str
    org: str
    places: Mapping[str, OfficeFacts] = field(default_factory=dict)
    stations: Mapping[str, OfficeFacts] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def place_line(self, place: Place) -> str:
        """An office as residents see it: name, what the county supplied, the national number."""
        facts = self.places.get(place.kind, OfficeFacts()).line()
        told = "，".join(part for part in (facts, f"全国统一电话 {place.hotline}" if place.hotline else "") if part)
        return f"{place.name}（{told}）" if told else place.name

    def station_line(self, township: Township) -> str:
        """A township's workstation; says so where the county has not supplied its address."""
        facts = self.stations.get(township.name, OfficeFacts()).line()
        if facts:
            return f"{township.name}公共法律服务工作站：{facts}"
        return (
            f"{township.name}公共法律服务工作站一般设在{township.name}司法所或便民服务中心。"
            "具体地址和电话我这里还没有登记，去之前先打 12348 问一下。"
        )
