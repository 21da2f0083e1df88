"""The tables of the log of changes, and of the index of syncs. Only ever append."""

MIGRATIONS = (
    """
    CREATE TABLE change (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        kind TEXT NOT NULL,
        connection TEXT NOT NULL,
        bucket TEXT NOT NULL,
        title TEXT NOT NULL,
        state TEXT NOT NULL,
        undo TEXT NOT NULL,
        why TEXT NOT NULL,
        undoes INTEGER,
        undone_by INTEGER,
        options TEXT NOT NULL
    );
    CREATE TABLE item (
        change INTEGER NOT NULL, number INTEGER NOT NULL, key BLOB NOT NULL, version TEXT NOT NULL,
        late INTEGER NOT NULL, state TEXT NOT NULL, facts TEXT NOT NULL, outcome TEXT NOT NULL,
        PRIMARY KEY (change, number)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX item_key ON item (change, key, version);
    CREATE INDEX item_state ON item (change, state, late, number);
    """,
    """
    CREATE TABLE known (
        pair TEXT NOT NULL, path BLOB NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
        PRIMARY KEY (pair, path)
    ) WITHOUT ROWID;
    CREATE TABLE sync (name TEXT PRIMARY KEY, folder TEXT, source TEXT NOT NULL, target TEXT NOT NULL);
    """,
)
