"""The room's agent is attn's, parameter for parameter, and its words tell the truth."""

from itertools import pairwise

import javascript
import pytest
import torch
from torch import Generator

from attn.data.fetching import KINDS, SIDE, STEPS, Scenes, scenes
from attn.experiments.fetching import Fetcher, walked
from attn.experiments.record import record
from attn.sentiment_reader import numbers
from attn.widgets.fetching_room import FetchingRoomWidget


@pytest.fixture(scope="module")
def packed():
    return record("beyond")["results"]["carried"]["agent"]


@pytest.fixture(scope="module")
def agent(packed):
    model = Fetcher("attention")
    model.load_state_dict({name: numbers(one).float() for name, one in packed.items()})
    return model


def seen(wanted: int, place: list[int], things: list[dict]) -> Scenes:
    """The scene that the widget's arguments describe; a goal that is not there is the first."""
    kinds = [thing["kind"] for thing in things]
    goal = kinds.index(wanted) if wanted in kinds else 0
    return Scenes(
        torch.tensor([wanted]),
        torch.tensor([kinds]),
        torch.tensor([[thing["place"] for thing in things]]),
        torch.ones(1, len(things)).bool(),
        torch.tensor([place]),
        torch.tensor([goal]),
    )


def asked(n: int) -> list[tuple[int, list[int], list[dict]]]:
    """Scenes of 1 to 8 things, every fourth without the one that is wanted."""
    some, found = scenes(n, 1, 8, Generator().manual_seed(5)), []
    for i in range(n):
        here = some.mask[i].tolist()
        things = [
            {"kind": kind, "place": place}
            for kind, place, there in zip(
                some.kinds[i].tolist(), some.places[i].tolist(), here, strict=True
            )
            if there
        ]
        wanted = some.wanted[i].item()
        if i % 4 == 0:
            wanted = next(k for k in range(KINDS) if k not in [thing["kind"] for thing in things])
        found.append((int(wanted), some.agent[i].tolist(), things))
    return found


@torch.no_grad()
def test_it_looks_and_walks_as_attns_agent_does(tmp_path, packed, agent):
    cases = asked(40)
    said = javascript.call(tmp_path, "fetching_room", "tried", [[packed, *case] for case in cases])
    for (wanted, place, things), got in zip(cases, said, strict=True):
        scores, weights = agent(seen(wanted, place, things))
        assert got["weights"] == pytest.approx(weights[0].tolist(), abs=1e-4)
        assert got["moves"] == pytest.approx(scores[0].tolist(), abs=1e-3)
        goal = [thing["place"] for thing in things if thing["kind"] == wanted]
        for old, new in pairwise(got["way"]):
            best = agent(seen(wanted, old, things))[0].argmax().item()
            assert torch.tensor(new).equal(torch.tensor(old) + STEPS[best])
            assert [old] != goal
            assert all(0 <= x < SIDE for x in new)


def test_nothing_in_the_room_is_read_as_zeros(tmp_path, packed, agent):
    (got,) = javascript.call(tmp_path, "fetching_room", "tried", [[packed, 2, [4, 4], []]])
    assert got["weights"] == []
    asks = torch.cat([torch.eye(KINDS)[2], torch.zeros(agent.attend.W_v.out_features)])
    assert got["moves"] == pytest.approx(agent.act(asks).tolist(), abs=1e-4)


def test_packing_cost_the_agent_nothing(agent):
    filed = record("beyond")["results"]["fetching"]["attention"]["1 to 6"]["0"]
    assert walked(agent, 1, 6)["shortest"] == pytest.approx(filed["shortest"], abs=0.01)


def test_the_words_before_it_is_touched_tell_the_truth(tmp_path, packed):
    widget = FetchingRoomWidget.carried(packed)
    things = [
        {"kind": kind, "place": place}
        for kind, (place, here) in enumerate(zip(widget.places, widget.here, strict=True))
        if here
    ]
    names = [widget.things[thing["kind"]] for thing in things]
    assert names == ["ball", "box", "star", "moon", "ring"]
    assert widget.things[widget.wanted] == "star"
    (got,) = javascript.call(
        tmp_path, "fetching_room", "tried", [[packed, widget.wanted, widget.agent, things]]
    )
    assert got["weights"][2] > 0.9
    goal = widget.places[widget.wanted]
    assert got["way"][-1] == goal
    far = sum(abs(a - b) for a, b in zip(widget.agent, goal, strict=True))
    assert len(got["way"]) - 1 == far


def test_things_stand_on_squares_of_their_own():
    widget = FetchingRoomWidget()
    squares = [tuple(place) for place in (*widget.places, widget.agent)]
    assert len(set(squares)) == len(squares)
    assert len(widget.things) == len(widget.places) == len(widget.here) <= KINDS


def test_it_carries_its_agent_to_the_page(packed):
    html = FetchingRoomWidget.carried(packed)._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="fetching_room"' in html
    assert len(html) < 20_000


def test_what_the_page_has_the_reader_find_out(tmp_path, packed):
    """Without the wanted thing the weights spread, and sum to one; with eight they hardly do."""
    places = FetchingRoomWidget().places
    all_eight = [{"kind": kind, "place": place} for kind, place in enumerate(places)]
    for wanted in range(8):
        others = [thing for thing in all_eight if thing["kind"] != wanted]
        asked = [[packed, wanted, [4, 5], things] for things in (all_eight, others)]
        eight, seven = javascript.call(tmp_path, "fetching_room", "tried", asked)
        assert eight["weights"][wanted] > 0.9
        assert eight["way"][-1] == places[wanted]
        assert max(seven["weights"]) < 0.5
        assert sum(seven["weights"]) == pytest.approx(1)
