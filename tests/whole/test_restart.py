"""Beginning anew empties what an earlier run filled, whatever refers to what, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compare import row_differences

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

# TRUNCATE wants partitioned tables named that refer to partitions, and on server 18 it does not find a table in its own
# list whose only foreign key is NOT ENFORCED: "--restart" ended with SQLSTATE 0A000.
SOURCE = """
CREATE TABLE orders (id int, at int, PRIMARY KEY (id, at)) PARTITION BY LIST (at);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1) PARTITION BY HASH (id);
CREATE TABLE orders_1_0 PARTITION OF orders_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2);
CREATE TABLE lines (id int, at int, line int, FOREIGN KEY (id, at) REFERENCES orders) PARTITION BY HASH (line);
CREATE TABLE lines_0 PARTITION OF lines FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE lines_1 PARTITION OF lines FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO orders SELECT n, 1 + n % 2 FROM generate_series(1, 50) AS n;
INSERT INTO lines SELECT id, at, n FROM orders, generate_series(1, 3) AS n;
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree);
INSERT INTO tree SELECT n, NULLIF(n / 2, 0) FROM generate_series(1, 20) AS n;
"""
NOT_ENFORCED = """
CREATE TABLE loose (id int PRIMARY KEY, tree int REFERENCES tree NOT ENFORCED);
INSERT INTO loose VALUES (1, 1000);
"""


async def test_restart_empties_tables_that_refer_to_each_other(shell: Shell, referee: Database) -> None:
    shell.source.execute(SOURCE + (NOT_ENFORCED if shell.source.server.major >= 18 else ""))
    first = shell.copy(KEEP)
    shell.source.execute("DELETE FROM lines WHERE line = 3; UPDATE tree SET parent = 5 WHERE id = 6")

    ended = shell.copy(KEEP, "--restart")

    assert first.status == 0, first.said
    assert ended.status == 0, ended.said
    assert await row_differences(shell.source, shell.target, referee) == []


def test_restart_keeps_rows_that_somebody_elses_table_refers_to(shell: Shell) -> None:
    shell.source.execute(SOURCE)
    first = shell.copy(KEEP)
    shell.target.execute("CREATE TABLE theirs (tree int REFERENCES tree); INSERT INTO theirs VALUES (1)")

    ended = shell.copy(KEEP, "--restart")

    assert first.status == 0, first.said
    assert ended.status == 3, ended.said
    assert ended.data["error"]["detail"] == 'These refer to them: "public.theirs".'
    assert shell.target.value("SELECT count(*) FROM theirs JOIN tree ON tree.id = theirs.tree") == 1
