/* relationships.orphans on references of every kind: what is an orphan is found, what is none is not. */
#include <stdlib.h>

#include "check_case.h"

static const char two_tables[] = "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p bigint);"
                                 "INSERT INTO parent VALUES (1), (2);";

#define ORPHANS "relationships.orphans"
#define REPLICA "SET session_replication_role = replica;"

static const check_case declared[] = {
    {.name = "a key that is valid in the catalogue, orphans by replica mode (S4-16, S0-13, S3-37)",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id bigint PRIMARY KEY);"
            "CREATE TABLE child (id int PRIMARY KEY, p bigint REFERENCES parent ON DELETE CASCADE);"
            "INSERT INTO parent VALUES (1), (2);" REPLICA "INSERT INTO child SELECT n, n % 4 FROM generate_series(1, 12) n",
     .found = "error public.child(p): 6 rows refer to a row of public.parent(id) that does not exist",
     .evidence = "{\"rows\":6,\"parent\":\"public.parent(id)\",\"constraint\":\"child_p_fkey\",\"validated\":true,\"sample\":"
                 "[{\"id\":3,\"p\":3},{\"id\":4,\"p\":0},{\"id\":7,\"p\":3},{\"id\":8,\"p\":0},{\"id\":11,\"p\":3}]}",
     .note = "1 reference, 1 error"},
    {.name = "NULL refers to nothing",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (p int REFERENCES parent);"
            "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1), (NULL), (1)",
     .found = "",
     .note = "1 reference"},
    {.name = "MATCH SIMPLE lets a row go that is NULL in part",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (a int, b text, PRIMARY KEY (a, b)); INSERT INTO parent VALUES (1, 'x');"
            "CREATE TABLE child (id int PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES parent);" REPLICA
            "INSERT INTO child VALUES (1, 1, 'x'), (2, 1, NULL), (3, NULL, 'y'), (4, NULL, NULL), (5, 1, 'y')",
     .found = "error public.child(a, b): 1 row refers to a row of public.parent(a, b) that does not exist",
     .evidence = "{\"rows\":1,\"parent\":\"public.parent(a, b)\",\"constraint\":\"child_a_b_fkey\",\"validated\":true,"
                 "\"sample\":[{\"id\":5,\"a\":1,\"b\":\"y\"}]}"},
    {.name = "MATCH FULL does not",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (a int, b text, PRIMARY KEY (a, b)); INSERT INTO parent VALUES (1, 'x');"
            "CREATE TABLE child (id int PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES parent MATCH FULL);" REPLICA
            "INSERT INTO child VALUES (1, 1, 'x'), (2, 1, NULL), (3, NULL, 'y'), (4, NULL, NULL)",
     .found = "error public.child(a, b): 2 rows refer to a row of public.parent(a, b) that does not exist",
     .evidence = "{\"rows\":2,\"parent\":\"public.parent(a, b)\",\"constraint\":\"child_a_b_fkey\",\"validated\":true,"
                 "\"sample\":[{\"id\":2,\"a\":1,\"b\":null},{\"id\":3,\"a\":null,\"b\":\"y\"}]}"},
    {.name = "columns in another order than the parent's key",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b)); INSERT INTO parent VALUES (1, 2);"
            "CREATE TABLE child (x int, y int, FOREIGN KEY (y, x) REFERENCES parent (a, b)); INSERT INTO child VALUES (2, 1)",
     .found = ""},
    {.name = "a table that refers to itself, and a cycle (trap 29)",
     .check = ORPHANS,
     .sql = "CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node, twin int);"
            "CREATE TABLE twin (id int PRIMARY KEY REFERENCES node);"
            "ALTER TABLE node ADD FOREIGN KEY (twin) REFERENCES twin;" REPLICA
            "INSERT INTO node VALUES (1, 1, NULL), (2, 1, 2), (3, 7, 3); INSERT INTO twin VALUES (2)",
     .found = "error public.node(twin): 1 row refers to a row of public.twin(id) that does not exist\n"
              "error public.node(up): 1 row refers to a row of public.node(id) that does not exist"},
    {.name = "key types that differ: integer to bigint, varchar and char to text, a domain, an enum",
     .check = ORPHANS,
     .sql = "CREATE TYPE mood AS ENUM ('up', 'down'); CREATE DOMAIN code AS varchar(5);"
            "CREATE TABLE ints (id bigint PRIMARY KEY); CREATE TABLE texts (id text PRIMARY KEY);"
            "CREATE TABLE codes (id code PRIMARY KEY); CREATE TABLE moods (id mood PRIMARY KEY);"
            "CREATE TABLE numbers (id numeric PRIMARY KEY);"
            "INSERT INTO ints VALUES (1); INSERT INTO texts VALUES ('a'); INSERT INTO codes VALUES ('a');"
            "INSERT INTO moods VALUES ('up'); INSERT INTO numbers VALUES (1.0);"
            "CREATE TABLE child (n int PRIMARY KEY, i smallint REFERENCES ints, v varchar(9) REFERENCES texts,"
            " c char(3) REFERENCES texts, d text REFERENCES codes, m mood REFERENCES moods, f int REFERENCES numbers);"
            "INSERT INTO child VALUES (1, 1, 'a', 'a', 'a', 'up', 1)",
     .found = "",
     .note = "6 references"},
    {.name = "and their orphans",
     .check = ORPHANS,
     .sql = "CREATE TYPE mood AS ENUM ('up', 'down'); CREATE DOMAIN code AS varchar(5);"
            "CREATE TABLE ints (id bigint PRIMARY KEY); CREATE TABLE texts (id text PRIMARY KEY);"
            "CREATE TABLE codes (id code PRIMARY KEY); CREATE TABLE moods (id mood PRIMARY KEY);"
            "CREATE TABLE child (n int PRIMARY KEY, i smallint REFERENCES ints, c char(3) REFERENCES texts,"
            " d text REFERENCES codes, m mood REFERENCES moods);" REPLICA "INSERT INTO child VALUES (1, 1, 'a', 'a', 'up')",
     .found = "error public.child(c): 1 row refers to a row of public.texts(id) that does not exist\n"
              "error public.child(d): 1 row refers to a row of public.codes(id) that does not exist\n"
              "error public.child(i): 1 row refers to a row of public.ints(id) that does not exist\n"
              "error public.child(m): 1 row refers to a row of public.moods(id) that does not exist"},
    {.name = "collations that differ, and one under which other letters are equal",
     .check = ORPHANS,
     .sql = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            "CREATE TABLE parent (id text COLLATE blind PRIMARY KEY); INSERT INTO parent VALUES ('Ada');"
            "CREATE TABLE child (p text COLLATE \"C\" REFERENCES parent); INSERT INTO child VALUES ('ADA');" REPLICA
            "INSERT INTO child VALUES ('bob')",
     .found = "error public.child(p): 1 row refers to a row of public.parent(id) that does not exist",
     .evidence = "{\"rows\":1,\"parent\":\"public.parent(id)\",\"constraint\":\"child_p_fkey\",\"validated\":true,"
                 "\"sample\":[{\"ctid\":\"(0,2)\",\"p\":\"bob\"}]}"},
    {.name = "hostile names in other schemas",
     .check = ORPHANS,
     .sql = "CREATE SCHEMA \"My.Schema\"; CREATE SCHEMA \"select\";"
            "CREATE TABLE \"My.Schema\".\"Pa\"\"rent%s\" (\"I d\" int PRIMARY KEY);"
            "CREATE TABLE \"select\".\"t\" (\"t\" int PRIMARY KEY, \"o'r\\der\" int REFERENCES \"My.Schema\".\"Pa\"\"rent%s\");"
            REPLICA "INSERT INTO \"select\".\"t\" VALUES (1, 5)",
     .found = "error select.t(o'r\\der): 1 row refers to a row of My.Schema.Pa\"rent%s(I d) that does not exist",
     .evidence = "{\"rows\":1,\"parent\":\"My.Schema.Pa\\\"rent%s(I d)\",\"constraint\":\"t_o'r\\\\der_fkey\","
                 "\"validated\":true,\"sample\":[{\"t\":1,\"o'r\\\\der\":5}]}"},
    {.name = "children and parents in partitions, once for all of them",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);"
            "CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM (0) TO (10);"
            "CREATE TABLE parent_2 PARTITION OF parent FOR VALUES FROM (10) TO (20);"
            "CREATE TABLE child (id int, p int REFERENCES parent, PRIMARY KEY (id)) PARTITION BY HASH (id);"
            "CREATE TABLE child_0 PARTITION OF child FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
            "CREATE TABLE child_1 PARTITION OF child FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY LIST (id);"
            "CREATE TABLE child_1_all PARTITION OF child_1 DEFAULT;"
            "INSERT INTO parent VALUES (1), (11);" REPLICA "INSERT INTO child SELECT n, n FROM generate_series(1, 12) n",
     .found = "error public.child(p): 10 rows refer to a row of public.parent(id) that does not exist",
     .note = "1 reference, 1 error"},
    {.name = "a partition's own key",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int, p int) PARTITION BY LIST (id);"
            "CREATE TABLE child_1 PARTITION OF child FOR VALUES IN (1); CREATE TABLE child_2 PARTITION OF child DEFAULT;"
            "INSERT INTO child VALUES (1, 5), (2, 5);"
            "ALTER TABLE child_1 ADD FOREIGN KEY (p) REFERENCES parent NOT VALID",
     .found = "error public.child_1(p): 1 row refers to a row of public.parent(id) that does not exist"},
    {.name = "rows of an heir are not the table's, neither as child nor as parent",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (parent);"
            "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent); CREATE TABLE young () INHERITS (child);"
            "INSERT INTO heir VALUES (7); INSERT INTO young VALUES (1, 99);" REPLICA "INSERT INTO child VALUES (2, 7)",
     .found = "error public.child(p): 1 row refers to a row of public.parent(id) that does not exist",
     .evidence = "{\"rows\":1,\"parent\":\"public.parent(id)\",\"constraint\":\"child_p_fkey\",\"validated\":true,"
                 "\"sample\":[{\"id\":2,\"p\":7}]}"},
    {.name = "the same key declared twice is one",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (p int REFERENCES parent, FOREIGN KEY (p)"
            " REFERENCES parent ON DELETE CASCADE);" REPLICA "INSERT INTO child VALUES (1)",
     .found = "error public.child(p): 1 row refers to a row of public.parent(id) that does not exist",
     .note = "1 reference, 1 error"},
    {.name = "a generated column, and an array key",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE lists (id int[] PRIMARY KEY);"
            "CREATE TABLE child (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 10) STORED REFERENCES parent,"
            " c int[] REFERENCES lists); INSERT INTO parent VALUES (10); INSERT INTO lists VALUES ('{1,2}');" REPLICA
            "INSERT INTO child VALUES (1, DEFAULT, '{1,2}'), (2, DEFAULT, '{2,1}')",
     .found = "error public.child(b): 1 row refers to a row of public.parent(id) that does not exist\n"
              "error public.child(c): 1 row refers to a row of public.lists(id) that does not exist"},
    {.name = "no foreign key, nothing to follow", .check = ORPHANS, .sql = two_tables, .found = NULL,
     .note = "no references"},
};

static const check_case given[] = {
    {.name = "a reference that only the suite knows of",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p bigint);"
            "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 3), (3, NULL)",
     .suite = "tables: {child: {foreign_keys: [{columns: p, references: parent, declared: false}]}}",
     .found = "error public.child(p): 1 row refers to a row of public.parent(id) that does not exist",
     .evidence = "{\"rows\":1,\"parent\":\"public.parent(id)\",\"sample\":[{\"id\":2,\"p\":3}]}"},
    {.name = "of another type than its parent, which has no index at all",
     .check = ORPHANS,
     .sql = "CREATE TABLE users (id int); CREATE TABLE subscriptions (id int PRIMARY KEY, user_id varchar(255));"
            "INSERT INTO users VALUES (1), (1), (2); INSERT INTO subscriptions VALUES (1, '1'), (2, '02'), (3, 'x')",
     .suite = "tables: {subscriptions: {foreign_keys: [{columns: user_id, references: users(id), declared: false}]}}",
     .found = "error public.subscriptions(user_id): 2 rows refer to a row of public.users(id) that does not exist"},
    {.name = "declared as well: once",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (p bigint REFERENCES parent)",
     .suite = "tables: {child: {foreign_keys: [{columns: p, references: parent}]}}",
     .found = "",
     .note = "1 reference"},
    {.name = "what cannot be followed is said",
     .check = ORPHANS,
     .sql = "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE child (p bigint, q int)",
     .suite = "tables:\n  child:\n    foreign_keys:\n"
              "      - {columns: p, references: nowhere, declared: false}\n"
              "      - {columns: p, references: parent, declared: false}\n"
              "      - {columns: [p, r], references: parent, declared: false}\n",
     .found = "error public.child(p): the reference of the suite to \"nowhere\" cannot be followed: there is no such table\n"
              "error public.child(p): the reference of the suite to \"parent\" cannot be followed: it has another number of"
              " key columns\n"
              "error public.child(p, r): the reference of the suite to \"parent\" cannot be followed: a column does not exist"},
};

static void test_sample(keel_scratch *cluster)
{
    static const char sql[] =
        "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int, pad text);"
        "INSERT INTO parent SELECT generate_series(1, 1000);"
        "INSERT INTO child SELECT n, n % 2000, repeat('x', 50) FROM generate_series(1, 200000) n;"
        "ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent NOT VALID; ANALYZE";
    const check_case c = {.name = "a large table", .check = ORPHANS, .sql = sql, .quick = true};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "sample", conninfo);

    cluster_exec(pg, sql);
    check_seen seen = check_case_see(conninfo, &c);
    ok(seen.found != NULL && strstr(seen.found, "that does not exist (in a sample)") != NULL,
       "under --quick the finding says that it is from a sample: %s", seen.found);
    ok(seen.evidence != NULL && strstr(seen.evidence, "\"sampled\":true") != NULL, "and so does its evidence");
    long long rows = seen.evidence != NULL ? strtoll(seen.evidence + strlen("{\"rows\":"), NULL, 10) : 0;
    ok(rows > 2000 && rows < 30000, "about a tenth of the children were looked at, half of them orphans: %lld", rows);
}

/* A parent that is kept from us says nothing about its children, and spoils no other reference. */
static void test_denied(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], as_stranger[CLUSTER_CONNINFO_SIZE + 32];
    const check_case c = {.name = "a parent that this role may not read",
                          .check = ORPHANS,
                          .found = "error hidden.parent: could not be read: permission denied for schema hidden\n"
                                   "error public.child(p): 1 row refers to a row of public.seen(id) that does not exist\n"
                                   "error public.child(q): could not be followed: this role may not read hidden.parent(id)",
                          .note = "2 references, 2 errors, 1 table not read"};
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "denied", conninfo);

    cluster_exec(pg, "CREATE ROLE stranger LOGIN; CREATE SCHEMA hidden; CREATE TABLE hidden.parent (id int PRIMARY KEY);"
                     "CREATE TABLE seen (id int PRIMARY KEY); CREATE TABLE child (p int REFERENCES seen, q int REFERENCES hidden.parent);"
                     "GRANT SELECT ON hidden.parent, seen, child TO stranger;" REPLICA "INSERT INTO child VALUES (1, 1)");
    snprintf(as_stranger, sizeof as_stranger, "%s user=stranger", conninfo);
    check_case_judge(as_stranger, &c);
}

/* That a table is empty is no reason to pass over the right to say so. */
static void test_empty_denied(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], as_visitor[CLUSTER_CONNINFO_SIZE + 32];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "empty_denied", conninfo);
    const check_case c = {.name = "empty tables of which this role may read a part", .check = ORPHANS,
                          .found = "error public.partly: could not be read: public.partly(p) to public.parent(id): permission denied for"
                                   " table partly\n"
                                   "error public.policed: could not be read: public.policed(p) to public.parent(id): query would be"
                                   " affected by row-level security policy for table \"policed\"",
                          .note = "1 reference, 2 errors, 2 tables not read"};

    cluster_exec(pg, "CREATE ROLE visitor LOGIN; CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE free (p int REFERENCES parent);"
                     "CREATE TABLE partly (id int, p int REFERENCES parent); CREATE TABLE policed (p int REFERENCES parent);"
                     "ALTER TABLE policed ENABLE ROW LEVEL SECURITY; GRANT SELECT ON parent, free, policed TO visitor;"
                     "GRANT SELECT (id) ON partly TO visitor");
    snprintf(as_visitor, sizeof as_visitor, "%s user=visitor", conninfo);
    check_case_judge(as_visitor, &c);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(declared); i++)
        check_case_run(cluster, &declared[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(given); i++)
        check_case_run(cluster, &given[i]);
    test_sample(cluster);
    test_denied(cluster);
    test_empty_denied(cluster);
    return done_testing();
}
