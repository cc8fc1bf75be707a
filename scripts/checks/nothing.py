"""Where no WebSocket can be read, what is there instead is said by name, and what to do; nothing is silent, and check is not green."""

import json
import struct
import sys
import tempfile
from xml.etree import ElementTree

from checks.case import each
from checks.program import CHAT, Run, objects
from checks.settings import FIXTURES, ROOT

sys.path.insert(0, FIXTURES)

import wirelib  # noqa: E402

FOLDER = f"{FIXTURES}/nothing"
# What must be said of each, on standard output or beside it.
SAID = {
    "refused": ["refused the TCP connection", "nothing listens on port 8080", "a browser reports 1006"],
    "syn-lost": ["4 SYNs over 7 s got no answer", "a firewall drops the packets"],
    "tls": ["1 TLS connection to example.com:443", "--keys FILE"],
    "tls-late": ["1 TLS handshake not answered"],
    "tls-rejected": ["1 TLS handshake given up by the client"],
    "http2": ["HTTP/2"],
    "vxlan": ["1 TCP connection not answered"],
    "wifi": ["3 packets of encrypted IEEE 802.11", "monitor mode"],
    "dns": ["2 DNS packets", "no TCP followed"],
    "empty": ["there are no packets", "filter"],
    "udp": ["2 UDP packets", "1 QUIC packet", "HTTP/3 may carry WebSockets"],
    "link-type": ["Bluetooth HCI (201)", "capture on a network interface"],
}


@each(*SAID)
def check_instead(name):
    capture = f"{FOLDER}/{name}.pcap"
    for command in ([], ["summary"]):
        run = Run(*command, capture)
        assert run.status == 0, f"{run}: {run.status}"
        said = (run.out + run.err).decode()
        missing = [words for words in SAID[name] if words not in said and not (command and words == "a browser reports 1006")]
        missing = [words for words in missing if not (command and name in ("refused", "syn-lost"))]
        assert not missing, f"{run} does not say {missing}: {said}"
    assert Run("check", capture).status == 3
    assert Run("check", "--min-connections", "0", capture).status == 0


def check_attempts_in_every_form():
    attempt = next(line for line in objects(Run("dump", f"{FOLDER}/refused.pcap").out) if line["type"] == "attempt")
    assert attempt["outcome"] == "refused" and attempt["browser"]["code"] == 1006 and attempt["packets"] == [1, 2]
    attempt = next(line for line in objects(Run("dump", f"{FOLDER}/syn-lost.pcap").out) if line["type"] == "attempt")
    assert attempt["outcome"] == "unanswered" and attempt["duration"] == 7 and "browser" not in attempt
    attempt = next(line for line in objects(Run("dump", f"{FOLDER}/tls-late.pcap").out) if line["type"] == "attempt")
    assert attempt["outcome"] == "tls-unanswered" and "the answer came 80 µs later" in attempt["text"], attempt
    attempt = next(line for line in objects(Run("dump", f"{FOLDER}/tls-rejected.pcap").out) if line["type"] == "attempt")
    assert attempt["outcome"] == "tls-rejected" and "accept the certificate" in attempt["text"] and attempt["browser"]["code"] == 1006
    for name in ("tls-late", "tls-rejected"):
        assert b"1 failed" in Run("summary", f"{FOLDER}/{name}.pcap").out, name
    table = Run("summary", f"{FOLDER}/refused.pcap", f"{FOLDER}/refused.pcap").expect(err=b"").out.decode()
    assert "×2" in table and "TCP refused" in table and "1006" in table, table
    assert b"refused" in Run("--where", "server.port == 8080", f"{FOLDER}/refused.pcap").out
    assert b"refused" not in Run("--where", "server.port == 80", f"{FOLDER}/refused.pcap").out


def check_status_of_check():
    Run("check", "--min-connections", "4", CHAT).expect(3, b"", b"fewer than 4 connections")
    Run("check", "--min-connections", "3", CHAT).expect(0, b"", b"no findings in 3 connections")
    run = Run("check", "--forbid", "browser.code == 1006", CHAT).expect(1, err=b"1 violation in 3 connections")
    assert run.out.count(b"[check.forbidden] #2") == 1 and b"browser.code == 1006" in run.out
    Run("check", "--require", "verdict.by == server", CHAT).expect(1, b"[check.required] #1", b"1 violation")
    Run("check", "--require", "duration < 1min", CHAT).expect(0, b"", b"no findings")
    Run("check", "--forbid", "browser.code == 1006", f"{FOLDER}/refused.pcap").expect(1, b"TCP refused, 192.0.2.10:50000", b"1 violation")
    Run("check", "--forbid", "opcode == text", CHAT).expect(64, b"", b"--forbid judges whole connections")
    for form in ("json", "junit", "sarif"):
        assert b"check.forbidden" in Run("check", "--forbid", "deflate", "--format", form, CHAT).out or form == "junit"


def check_what_a_slow_expression_leaves_open():
    """An expression that backtracks for ever on a URL decides nothing, and that is said."""
    capture = wirelib.Capture()
    talk = wirelib.Conversation(capture).open()
    talk.send(wirelib.C2S, wirelib.upgrade_request(target="/" + "a" * 60 + "!"))
    talk.send(wirelib.S2C, wirelib.upgrade_response())
    talk.finish()
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        capture.write_pcap(file.name)
        for option in "--forbid", "--require":
            Run("check", option, 'url ~ "(a+)+$"', file.name).expect(3, b"", b"took too long on 1 connection: not judged")
            Run("check", option, f'{"not " * (option == "--forbid")}url ~ "a!$"', file.name).expect(0, err=b"1 warning in 1 connection")
        Run("--where", 'not url ~ "(a+)+$"', file.name).expect(0, err=b"took too long on")


def check_tls_without_content():
    """The handshake is finished, and then the server hangs up, as a proxy does whose backend is down; or nobody says anything."""
    folder = f"{FIXTURES}/tls/tls13-aes-128-gcm"
    with open(f"{folder}/capture.pcap", "rb") as file:
        data = file.read()
    ends = [24]
    # Up to the server's tickets, of which the last is the packet before the client's acknowledgement.
    for _ in range(12):
        ends.append(ends[-1] + 16 + struct.unpack_from("<I", data, ends[-1] + 8)[0])
    tcp = 14 + 20
    ticket = data[ends[10] + 16 : ends[11]]
    reset = bytearray(data[ends[4] : ends[5]])
    struct.pack_into(">I", reset, 16 + tcp + 4, struct.unpack_from(">I", ticket, tcp + 4)[0] + len(ticket) - tcp - 20)
    reset[16 + tcp + 13] = 0x14
    with tempfile.TemporaryDirectory() as temporary:
        for end, words in ((reset, b"that the server ended before any request"), (b"", b"on which nothing was said")):
            path = f"{temporary}/capture.pcap"
            with open(path, "wb") as file:
                file.write(data[: ends[12]] + end)
            Run("--keys", f"{folder}/keys.txt", path).expect(err=b"found instead: 1 TLS connection " + words)
            # Without the keys nobody can say that there is nothing.
            run = Run(path)
            assert words not in run.err and b"no keys given" in run.err, run.err


def check_hellos_without_an_answer():
    """TLS without a ServerHello is an attempt with a verdict of its own, in every form."""
    capture = f"{FIXTURES}/tls/hello-then-reset/capture.pcap"
    assert b"did not answer the TLS handshake for example.com, and reset the connection" in Run(capture).out
    assert "TLS not answered" in Run("summary", capture).out.decode()
    attempt = next(line for line in objects(Run("dump", capture).out) if line["type"] == "attempt")
    assert attempt["outcome"] == "tls-unanswered" and attempt["sni"] == "example.com" and attempt["browser"]["code"] == 1006
    Run("check", capture).expect(3, b"", b"1 TLS handshake not answered")
    Run("check", capture, CHAT).expect(0, b"", b"also seen: 1 TLS handshake not answered")


def check_findings_that_are_alike_share_a_line():
    capture = f"{FIXTURES}/endings/browser-judges-frames/capture.pcap"
    each_line = Run("check", "--all", capture).out.decode().splitlines()
    grouped = Run("check", capture).out.decode().splitlines()
    assert len(grouped) < len(each_line)
    counts = [int(line.rsplit("×", 1)[1]) if "×" in line else 1 for line in grouped]
    assert sum(counts) == len(each_line)
    assert [line.split(" ×")[0] for line in grouped] == [line for line in each_line if line in {g.split(" ×")[0] for g in grouped}]


def check_reports_for_ci_are_not_green_where_nothing_was_judged():
    """Consumers that look at the document alone see what the exit status says, and in which file and packet what was found is."""
    cut = f"{FIXTURES}/rules/frame.mask.missing/fires.pcap"
    run = Run("check", "--format", "junit", CHAT, cut).expect(1, err=b"1 violation")
    cases = ElementTree.fromstring(run.out).findall("testsuite/testcase")
    assert [case.get("file").rpartition("/")[2] for case in cases] == ["capture.pcap"] * 3 + ["fires.pcap"], run.out
    packet = Run("check", cut).out.decode().split(":")[1]
    assert "chat/capture.pcap #" in cases[0].get("name") and "fires.pcap #4" in cases[3].get("name"), run.out
    assert f", packet {packet}: violation frame.mask.missing" in cases[3].find("failure").text, run.out
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        with open(CHAT, "rb") as whole:
            file.write(whole.read()[:-7])
        file.flush()
        for arguments, status, why in ([file.name], 2, "breaks off"), ([f"{FOLDER}/refused.pcap"], 3, "no WebSocket connection"), (
            ["--min-connections", "9", CHAT], 3, "fewer than 9 connections"):
            run = Run("check", "--format", "junit", *arguments).expect(status, err=b"wsray: ")
            suite = ElementTree.fromstring(run.out).find("testsuite")
            errors = suite.findall("testcase/error")
            assert len(errors) == int(suite.get("errors")) == 1 and why in errors[0].get("message"), run.out
            assert len(suite.findall("testcase")) == int(suite.get("tests")), run.out
            run = Run("check", "--format", "sarif", *arguments).expect(status, err=b"wsray: ")
            invocation = json.loads(run.out)["runs"][0]["invocations"][0]
            assert not invocation["executionSuccessful"], run.out
            assert why in invocation["toolExecutionNotifications"][0]["message"]["text"], run.out
    Run("check", "--format", "junit", "--min-connections", "0", f"{FOLDER}/refused.pcap").expect(0, b'errors="0"', b"found instead")


def check_sarif_has_regions():
    capture = f"{ROOT}/fixtures/rules/frame.mask.missing/fires.pcap"
    result = json.loads(Run("check", "--format", "sarif", capture).out)["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 12} and result["properties"] == {"packet": 12}
