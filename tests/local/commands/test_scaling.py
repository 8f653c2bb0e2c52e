"""`stationcast scaling`."""

import json

import pytest

from tests import command_line


def run(command, *arguments):
    """Run a command; return its result."""
    return command_line.run("scaling", command, *arguments)


def as_json(command, *arguments):
    """Run a command; return its JSON output."""
    return json.loads(run(command, *arguments, "--json").stdout)


def test_a_day():
    """The table has its hours, and the sums."""
    result = run("simulate", "--requests", 20_000)

    assert result.exit_code == 0
    assert "1 to 2 instances, scaled on invocations at 1000, $2.76" in result.stdout
    assert "23:00" in result.stdout
    assert "day" in result.stdout


def test_an_overloaded_day():
    """Requests are rejected, and the p99 of such an hour says so."""
    options = ("--requests", 5000, "--peak", "12:00=20x30", "--service-ms", 4000)
    result = run("simulate", *options, "--most-waiting", 5, "--start-seconds", 600)
    shown = as_json("simulate", *options, "--most-waiting", 5, "--start-seconds", 600)

    assert "rejected" in result.stdout
    assert shown["day"]["rejected"] > 100
    assert shown["hours"][12]["p99_ms"] is None


@pytest.mark.parametrize(
    ("options", "policy", "overrides"),
    [
        (
            ("--endpoint-max-instances", 4, "--scaling-invocations", 700),
            {"scaling": "invocations", "max_instances": 4, "target": 700},
            (
                "EndpointScaling=invocations EndpointMinInstances=1 EndpointMaxInstances=4 "
                "ScalingInvocations=700 ScaleOutCooldown=60 ScaleInCooldown=300"
            ),
        ),
        (
            ("--endpoint-scaling", "latency", "--scaling-latency", 80),
            {"scaling": "latency", "max_instances": 2, "target": 80},
            (
                "EndpointScaling=latency EndpointMinInstances=1 EndpointMaxInstances=2 "
                "ScalingLatency=80 ScaleOutCooldown=60 ScaleInCooldown=300"
            ),
        ),
        (
            ("--endpoint-scaling", "none", "--endpoint-min-instances", 3),
            {"scaling": "none", "min_instances": 3, "target": None},
            "EndpointScaling=none EndpointMinInstances=3",
        ),
        (
            ("--endpoint-scaling", "concurrency", "--scaling-concurrency", 3),
            {"scaling": "concurrency", "max_instances": 2, "target": 3},
            None,
        ),
    ],
)
def test_policies(options, policy, overrides):
    """Options have the template's names, and are shown as parameter overrides."""
    shown = as_json("simulate", "--requests", 1000, *options)

    assert shown["policy"].items() >= policy.items()
    assert shown["overrides"] == overrides


def test_a_fixed_number_of_instances():
    """Without scaling, the title has no target."""
    result = run("simulate", "--requests", 100, "--endpoint-scaling", "none")

    assert "1 instances all day, $2.76" in result.stdout


def test_measured_traffic_and_times(tmp_path):
    """Traffic and service times can be files; empty lines are ignored."""
    (tmp_path / "day.csv").write_text("time,requests\n10:00,6000\n11:00,0\n")
    (tmp_path / "times.txt").write_text("30\n\n50\n")
    files = ("--traffic", tmp_path / "day.csv", "--service-times", tmp_path / "times.txt")
    shown = as_json("simulate", *files)

    assert shown["day"]["requests"] == pytest.approx(6000, rel=0.05)
    assert shown["hours"][10]["requests"] == shown["day"]["requests"]
    assert 29 < shown["day"]["p50_ms"] < 60


def test_the_search(tmp_path):
    """The result can be pasted as options, and simulating it gives the same day."""
    options = ("--requests", 20_000, "--service-ms", 900, "--peak", "12:00=3x60")
    result = run("search", *options, "--p99-ms", 4000, "--plot", tmp_path / "day.png")
    line = result.stdout.splitlines()[-1].split()
    shown = as_json("search", *options, "--p99-ms", 4000)

    assert result.exit_code == 0
    assert line[0] == "EndpointInstanceType=ml.m5.large"
    assert shown["overrides"] == " ".join(line[1:])
    assert (tmp_path / "day.png").read_bytes().startswith(b"\x89PNG")
    assert shown["day"]["p99_ms"] <= 4000

    names = {
        "EndpointScaling": "--endpoint-scaling",
        "EndpointMinInstances": "--endpoint-min-instances",
        "EndpointMaxInstances": "--endpoint-max-instances",
        "ScalingInvocations": "--scaling-invocations",
        "ScaleOutCooldown": "--scale-out-cooldown",
        "ScaleInCooldown": "--scale-in-cooldown",
    }
    given = [part for pair in line[1:] for part in (names[pair.split("=")[0]], pair.split("=")[1])]

    assert as_json("simulate", *options, *given)["day"] == shown["day"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--peak", "noon"), "'noon' is not a peak; write 12:00=5x30"),
        (("--peak", "29:00=5x30"), "'29:00' is not a time of day"),
        (("--peak", "23:50=5x30"), "continues after midnight"),
        (("--endpoint-min-instances", 3), "EndpointMaxInstances 2"),
        (("--endpoint-instance-type", "ml.p3.2xlarge"), "is not one of"),
        (
            ("--prices", "book", "--endpoint-instance-type", "ml.g5.xlarge"),
            "has no hourly price for",
        ),
    ],
)
def test_invalid_options(options, reason):
    """The error is one line, with a status other than 0."""
    result = run("simulate", *options)

    assert result.exit_code != 0
    assert reason in result.stderr


def test_invalid_service_times(tmp_path):
    """The error names file and line; two kinds of service times are refused."""
    path = tmp_path / "times.txt"
    path.write_text("30\nfast\n")
    result = run("simulate", "--service-times", path)

    assert "times.txt, line 2: 'fast' is not a number of ms" in result.stderr

    result = run("simulate", "--service-times", path, "--service-ms", 3)

    assert "give either --service-ms or --service-times" in result.stderr
