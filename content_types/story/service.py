"""Property service of the story (物业服务): two repairs on their way, published ratings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from content_types.service.order import ServiceRequest, file_request
from content_types.service.rating import ITEMS, rate
from content_types.story.acting import acting
from content_types.story.meetings import Director
from content_types.story.places import Place
from content_types.story.town import community, phone_of
from portal import workflow

# A period is a quarter at most, so that it is over before the story ends.
RATED_ON = -94
RATED = 0.03
WORDS = ("保洁及时，点赞。", "电梯故障处理得慢，希望改进。", "门岗夜里常常没有人。")
# When, by which owner, and what about; the first one is handled.
REPAIRS = (
    (-4, 0, {"category": "lift", "place": "3 栋 1 单元电梯", "text": "电梯门关不严，运行有异响。"}),
    (-1, 1, {"category": "power", "place": "5 栋地下车库", "text": "车库照明有一排不亮。"}),
)
DONE_ON, ANSWER = -2, "已更换门滑块并试运行，请确认。"


def acts(director: Director, place: Place, login: str) -> Iterator[tuple[datetime, Callable]]:
    """Yield when and how owners of a place rate and ask, and what the service does about it."""
    stage = director.stage
    yield director.day(RATED_ON, 12), lambda: stage.run(lambda request: _rate(request, place))
    for day, owner, values in REPAIRS:
        yield director.day(day, 19), _filing(director, place, place.owners[owner], values)
    for day, step, words in ((REPAIRS[0][0] + 1, "take", ""), (DONE_ON, "finish", ANSWER)):
        yield director.day(day, 10), _step(director, place, login, step, words)


def first_request(request: Any, place: Place) -> ServiceRequest:
    """Return the request that the property service has handled."""
    found: ServiceRequest = next(iter(community(request, place)["service"].values()))
    return found


def _rate(request: Any, place: Place) -> None:
    """Let some owners rate, each the units bound to him."""
    desk, chance = community(request, place)["service"], random.Random(285)  # noqa: S311
    bound = [unit for unit in community(request, place)["owners"].units() if unit.bindings]
    words = iter(WORDS)
    for unit in bound:
        if chance.random() < RATED:
            scores = tuple(chance.choice((3, 4, 4, 5, 5)) for _ in ITEMS)
            with acting(request, unit.bindings[0].account_id):
                rate(desk, unit.code, scores, next(words, ""), request)


def _filing(
    director: Director, place: Place, code: str, values: dict[str, str]
) -> Callable[[], Any]:
    def act(request: Any) -> None:
        with acting(request, phone_of(request, place, code)):
            desk = community(request, place)["service"]
            pictures = dict.fromkeys(("picture_1", "picture_2", "picture_3"))
            file_request(desk, {"kind": "repair", "unit_code": "", **values, **pictures}, request)

    return lambda: director.stage.run(act)


def _step(director: Director, place: Place, login: str, step: str, words: str) -> Callable[[], Any]:
    def act(request: Any) -> None:
        workflow.transition(first_request(request, place), step, request, words)

    return lambda: director.stage.run(act, login)
