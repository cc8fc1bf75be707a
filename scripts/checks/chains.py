"""The story of a client that is connected again is what the client itself wrote down."""

import json

from checks.program import Run, dumped, once
from checks.settings import FIXTURES

# A client looks at its clock before the packet goes, or after it came.
SLACK = 0.08
REAL = ["loop", "graphql", "socketio"]


def capture(case):
    return f"fixtures/chains/{case}/capture.pcap"


def stats(case):
    done = once("stats", "--json", capture(case))
    assert done.returncode == 0, f"{case}: status {done.returncode}: {done.stderr[:200]}"
    return json.loads(done.stdout)


def truth(case):
    with open(f"{FIXTURES}/chains/{case}/truth.json", encoding="utf-8") as file:
        return json.load(file)["clients"]


def log(case):
    with open(f"{FIXTURES}/chains/{case}/log.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def check_one_story_with_the_clients_own_numbers():
    for case in REAL:
        chains, [client] = stats(case)["chains"], truth(case)
        assert len(chains) == 1, f"{case}: {len(chains)} chains"
        compare(case, chains[0], client)
        assert chains[0]["lost"] == 3 and chains[0]["connections"] == [1, 2, 3, 4] and "ambiguous" not in chains[0], chains[0]


def compare(case, chain, client):
    assert chain["opened"] == client["opened"], f"{case}: {chain['opened']} open, and were {client['opened']}"
    assert chain["opened"] + chain["failed"] == client["attempts"], f"{case}: {chain['failed']} failed of {client['attempts']}"
    assert chain["cutOff"]["count"] == len(client["outages"]) and ("since" not in chain["cutOff"]) == client["isBack"], f"{case}: {chain}"
    total = sum(client["outages"])
    assert abs(chain["cutOff"]["total"] - total) < SLACK * len(client["outages"]), f"{case}: {chain['cutOff']}, and was {total}"
    assert abs(chain["cutOff"]["longest"] - max(client["outages"])) < SLACK, f"{case}: {chain['cutOff']}"


def check_rules_of_back_off():
    # As the programs have it: what was written in the loop, and what the libraries' documents say.
    rule = stats("loop")["chains"][0]["backOff"]
    assert rule["rule"] == "exponential" and rule["factor"] == 2, rule
    assert abs(rule["first"] - 0.2) < 0.03 and abs(rule["cap"] - 1.6) < 0.05, rule
    rule = stats("graphql")["chains"][0]["backOff"]
    assert rule["rule"] == "exponential" and rule["factor"] == 2 and abs(rule["first"] - 1) < 0.05 and "cap" not in rule, rule
    rule = stats("socketio")["chains"][0]["backOff"]
    assert rule["rule"] == "exponential-jitter" and rule["least"] > 0.5 and rule["most"] < 5.8, rule


def check_pauses_are_those_that_the_client_made():
    waits = [event["seconds"] for event in log("loop") if event["what"] == "wait"]
    pauses = [pause for run in stats("loop")["chains"][0]["pauses"] for pause in run]
    assert len(pauses) == len(waits) and all(-0.002 < ours - made < SLACK for ours, made in zip(pauses, waits)), list(zip(pauses, waits))


def check_what_was_made_again_and_what_was_lost():
    chain = stats("graphql")["chains"][0]
    assert chain["session"] == {
        "protocol": "graphql-transport-ws", "reconnects": 3, "resumed": 0, "denied": 0, "subscriptions": 6, "repeated": 6,
    }, chain["session"]
    assert "messages" not in chain, "nothing in these messages counts"
    assert stats("socketio")["chains"][0]["session"]["resumed"] == 0
    messages = stats("loop")["chains"][0]["messages"]
    assert messages["number"] == "seq" and messages["missing"] == truth("loop")[0]["missing"], f"{messages}, not {truth('loop')}"


def check_many_clients_at_once():
    ours, clients = stats("storm"), truth("storm")
    assert len(ours["storms"]) == 1 and len(ours["chains"]) == len(clients) == 40
    by_address = {chain["client"]: chain for chain in ours["chains"]}
    for client in clients:
        compare(f"storm {client['name']}", by_address[client["name"]], client)
    storm = ours["storms"][0]
    assert storm["lost"] == storm["clients"] == storm["returned"] == 40, storm
    assert storm["attempts"] == sum(client["attempts"] - 1 for client in clients) and storm["peak"]["count"] >= 35, storm
    assert abs(storm["back"] - max(client["outages"][0] for client in clients)) < 0.2, storm
    assert storm["backOff"]["rule"] == "about" and 1 <= storm["backOff"]["least"] < storm["backOff"]["most"] < 1.3, storm


def check_clients_of_one_address_are_told_apart_by_their_queries():
    ours, clients = stats("shared-address"), truth("shared-address")
    users = {}
    for line in dumped([capture("shared-address")])[capture("shared-address")]:
        if line["type"] == "connection":
            users[line["connection"]] = line["url"].rpartition("=")[2]
    stories = {}
    for chain in ours["chains"]:
        [user] = {users[number] for number in chain["connections"]}
        stories[user] = chain
    for client in clients:
        chain = stories[client["name"]]
        assert chain["opened"] == client["opened"] and chain["cutOff"]["count"] == len(client["outages"]), chain
        assert abs(chain["cutOff"]["total"] - sum(client["outages"])) < 2 * SLACK, f"{chain['cutOff']}, and was {client['outages']}"
    # An attempt that was refused names nobody, so that it is known of all of them together.
    assert sum(chain["opened"] + chain["failed"] for chain in ours["chains"]) == sum(client["attempts"] for client in clients)


def check_rows_say_whom_they_follow():
    for case in REAL:
        lines = dumped([capture(case)])[capture(case)]
        follows = [line["reconnect"] for line in lines if line["type"] == "connection" and "reconnect" in line]
        assert [follow["number"] for follow in follows] == [1, 2, 3] and [follow["previous"] for follow in follows] == [1, 2, 3], follows
        [client] = truth(case)
        for follow, outage in zip(follows, client["outages"]):
            assert abs(follow["after"] - outage) < SLACK, f"{case}: {follow}, and was {outage}"
        assert sum(follow["attempt"] for follow in follows) == client["attempts"] - 1, follows
    rows = Run("timeline", "--color", "never", f"{FIXTURES}/chains/loop/capture.pcap").expect().out.decode()
    assert "reconnect 3, " in rows and "after #3 was lost, attempt " in rows, rows[-2000:]


def check_what_is_shown_of_them():
    for case in [*REAL, "storm"]:
        table = Run("summary", f"{FIXTURES}/chains/{case}/capture.pcap").expect().out.decode()
        assert "Reconnects: " in table and "cut off " in table, table
        narrow = Run("summary", "--ascii", "--width", "60", f"{FIXTURES}/chains/{case}/capture.pcap").expect().out
        section = narrow.partition(b"Reconnects: ")[2].partition(b"\n\n")[0]
        assert narrow.isascii() and all(len(line) <= 60 for line in section.splitlines()), narrow
    storm = Run("summary", f"{FIXTURES}/chains/storm/capture.pcap").expect().out.decode()
    assert "40 connections of 40 clients lost within " in storm and "38 more: " in storm, storm
    page = Run("report", "-o", "-", f"{FIXTURES}/chains/loop/capture.pcap").expect().out.decode()
    assert '<a href="#reconnects">Reconnects</a>' in page and "exponential: " in page
    few = Run("stats", "--connection", "2", f"{FIXTURES}/chains/loop/capture.pcap").expect().out.decode()
    assert "Reconnects: 1 client" in few
    none = Run("summary", f"{FIXTURES}/chat/capture.pcap").expect().out.decode()
    assert "Reconnects" not in none


def check_captures_do_not_follow_each_other():
    # The same capture twice: whoever came back in one did not come back to the other.
    both = [f"{FIXTURES}/chains/loop/capture.pcap"] * 2
    figures = json.loads(Run("stats", "--json", *both).expect().out)
    [one] = stats("loop")["chains"]
    first, second = figures["chains"]
    assert first["connections"] == [1, 2, 3, 4] and second["connections"] == [5, 6, 7, 8], figures["chains"]
    assert first["cutOff"] == second["cutOff"] == one["cutOff"] and first["pauses"] == second["pauses"] == one["pauses"], figures["chains"]
    lines = [json.loads(line) for line in Run("dump", *both).expect().out.splitlines()]
    follows = {line["connection"]: line["reconnect"] for line in lines if line["type"] == "connection" and "reconnect" in line}
    assert [follows[number]["number"] for number in sorted(follows)] == [1, 2, 3] * 2, follows
    assert [follows[number]["previous"] for number in sorted(follows)] == [1, 2, 3, 5, 6, 7], follows
    rows = Run("timeline", "--color", "never", *both).expect().out.decode()
    assert rows.count("reconnect 3, ") > 1 and "reconnect 4, " not in rows, rows[-2000:]
    for command in ["summary", "report"]:
        told = Run(command, *(["-o", "-"] if command == "report" else []), *both).expect().out.decode()
        assert told.count("4 connections and 19 failed attempts in 34.4 s") == 2, told[-3000:]


def check_limit():
    table = Run("summary", "--limit-rows", "3", f"{FIXTURES}/chains/loop/capture.pcap").expect().out.decode()
    assert "not looked at: --limit-rows" in table, table
