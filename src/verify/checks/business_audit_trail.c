/* business.audit_trail: a write leaves its row in the audit table. */
#include "base/json_out.h"
#include "verify/checks/audit_probe.h"

static const char looked_at[] = "audited tables";

static const keel_pg_table *find_into(const keel_check_run *run, const keel_suite_audit *audit,
                                      const keel_pg_table *table)
{
    const keel_pg_table *into = keel_pg_catalog_find(run->db->catalog, audit->into_schema, audit->into);

    return into != NULL || audit->into_schema != NULL
               ? into
               : keel_pg_catalog_find(run->db->catalog, table->schema, audit->into);
}

static const char *evidence(keel_check_run *run, const keel_audit_answer *answer)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "write", answer->write);
    if (answer->said[0] != '\0')
        keel_json_kv_text(&json, "server_said", answer->said);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static const char *with_warning(keel_check_run *run, const keel_audit_answer *answer)
{
    return answer->said[0] != '\0' ? keel_arena_printf(run->arena, "; the server warned: %s", answer->said) : "";
}

static const char *remedy(const keel_audit_probe *probe)
{
    if (probe->into->kind == 'p')
        return "See whether the audit table has a partition for today, and why its trigger does not fail: an EXCEPTION"
               " block that only warns loses the row and lets the write go on.";
    return "See that the audit trigger exists and is enabled, and what its EXCEPTION block hides. A trigger that fires"
           " only on real changes needs a write of its own: audit: {into: ..., sql: ...} in the suite.";
}

static void judge(keel_check_run *run, const keel_audit_probe *probe, const keel_suite_audit *audit,
                  const keel_audit_answer *answer)
{
    const char *object = keel_check_table_name(run, probe->table), *into = keel_check_table_name(run, probe->into);
    const char *proof = evidence(run, answer);

    switch (answer->outcome) {
    case KEEL_AUDIT_KEPT:
        keel_check_remark(run, "%s to %s", object, into);
        break;
    case KEEL_AUDIT_LOST:
        keel_check_found_at(run, KEEL_ERROR, &audit->place, object, proof, remedy(probe),
                            "a write leaves no row in %s%s", into, with_warning(run, answer));
        break;
    case KEEL_AUDIT_TAKEN_BACK:
        keel_check_found_at(run, KEEL_ERROR, &audit->place, object, proof, remedy(probe),
                            "the row that a write leaves in %s is taken back by an exception that somebody caught%s",
                            into, with_warning(run, answer));
        break;
    case KEEL_AUDIT_NO_ROW:
        keel_check_found_at(run, KEEL_WARNING, &audit->place, object, proof,
                            "Give the suite a write that finds one: audit: {into: ..., sql: INSERT ...}.",
                            "not tried: the write found no row to write to");
        break;
    case KEEL_AUDIT_REFUSED:
        keel_check_found_at(run, KEEL_ERROR, &audit->place, object, proof,
                            "Correct the write in the suite, or the table.",
                            "the write that should leave a row in %s fails: %s", into, answer->said);
        break;
    }
}

static bool look(keel_check_run *run, const keel_pg_table *table, const keel_suite_audit *audit, keel_error *err)
{
    keel_audit_probe probe = {.table = table, .into = find_into(run, audit, table), .sql = audit->sql};
    keel_audit_answer answer = {.said = "", .write = ""};

    if (probe.into == NULL) {
        keel_check_found_at(run, KEEL_ERROR, &audit->place, keel_check_table_name(run, table), NULL,
                            "Correct the suite, or create the table.", "there is no audit table \"%s\"", audit->into);
        return true;
    }
    if (!keel_audit_try(run, &probe, &answer, err))
        return keel_fail_context(err, "the write that is to be audited");
    judge(run, &probe, audit, &answer);
    return true;
}

static bool each(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    const keel_suite_table *demands = table->partition ? NULL : keel_row_demands(run, table);

    keel_check_looked(run, 0, looked_at);
    if (demands == NULL || demands->audit == NULL)
        return true;
    if (run->db->standby) {
        keel_check_skip(run, "a standby takes no write; run it on the primary");
        return true;
    }
    keel_check_looked(run, 1, looked_at);
    return look(run, table, demands->audit, err);
}

const keel_check keel_check_business_audit_trail = {
    .id = "business.audit_trail",
    .group = KEEL_GROUP_BUSINESS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_OPT_IN | KEEL_CHECK_NEEDS_SUITE,
    .title = "a write leaves its audit row",
    .help =
        "The one check that writes, and only where a suite says audit:. On a connection of its own it begins a"
        " transaction, updates one row that nobody has locked to itself (or does the suite's sql), lets deferred"
        " triggers fire, looks whether a row of this transaction stands in the audit table, and rolls back, whatever"
        " it found. What triggers do outside of the transaction is done: numbers taken from sequences are gone,"
        " and a trigger that writes to files or other servers has written. It waits two seconds for a lock and ten"
        " for a statement, and does nothing on a standby. It finds triggers that are missing or disabled, and those that"
        " catch their own failure (no partition for today, a user who does not exist) and lose the row in silence.",
    .triggers = "CREATE TABLE public.lots (id bigint PRIMARY KEY, state text);\n"
                "CREATE TABLE public.audit_logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
                "  entity text NOT NULL CHECK (entity IN ('users', 'processes')));\n"
                "CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$\n"
                "BEGIN\n"
                "  INSERT INTO public.audit_logs (entity) VALUES (TG_TABLE_NAME);\n"
                "  RETURN NULL;\n"
                "EXCEPTION WHEN OTHERS THEN\n"
                "  RAISE WARNING 'no audit: %', SQLERRM;\n"
                "  RETURN NULL;\n"
                "END $$;\n"
                "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.lots\n"
                "  FOR EACH ROW EXECUTE FUNCTION public.audit();\n"
                "INSERT INTO public.lots VALUES (1, 'CREATED');",
    .passes =
        "CREATE TABLE public.lots (id bigint PRIMARY KEY, state text);\n"
        "CREATE TABLE public.audit_logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entity text NOT NULL);\n"
        "CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN\n"
        "  INSERT INTO public.audit_logs (entity) VALUES (TG_TABLE_NAME);\n"
        "  RETURN NULL;\n"
        "END $$;\n"
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.lots\n"
        "  FOR EACH ROW EXECUTE FUNCTION public.audit();\n"
        "INSERT INTO public.lots VALUES (1, 'CREATED');",
    .suite = "tables:\n"
             "  lots:\n"
             "    audit: audit_logs\n",
    .each = each,
};
