"""From exec of PID 1 to the first thing that its service does."""

from report import Table, milliseconds, summary

NAME = "start"


def run(bench):
    tries = 5 if bench.quick else 40
    took = {peer.name: [] for peer in bench.peers}
    for number in range(tries):
        bench.progress(f"{number + 1}/{tries}")
        for peer in bench.peers:
            with bench.containers.start_running(peer) as container:
                took[peer.name].append(milliseconds(container.started.at - container.executed))
    columns = [("n", "n", 0), ("median", "median ms", 2), ("min", "min", 2), ("max", "max", 2)]
    table = Table("start: exec of PID 1 to the service's main", columns, "median")
    for peer in bench.peers:
        table.add(peer.name, **summary(took[peer.name]))
    bench.add_absent(table)
    table.notes.append(
        "waiide-init makes a new home and drops privileges in that time; no peer does"
    )
    return [table]
