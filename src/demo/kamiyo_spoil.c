/* Defects that depend on the row they spoil. Each returns false when the row does not suit it. */
#include <ctype.h>

#include "demo/kamiyo_columns.h"
#include "demo/kamiyo_table.h"

#define BEYOND_INT4 INT64_C(4294967296)
#define NOBODY      INT64_C(900000000000) /* an id that no parent has */

/* The key of an earlier row in capitals: another key to SQLite and to PostgreSQL, the same thing to
 * a reader. */
bool keel_kamiyo_spoil_key_case(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    char capitals[sizeof job->previous_key];
    size_t size = 0;

    for (; job->previous_key[size] != '\0'; size++)
        capitals[size] = (char)toupper((unsigned char)job->previous_key[size]);
    capitals[size] = '\0';
    if (strcmp(capitals, job->previous_key) == 0)
        return false;
    keel_kamiyo_set_textf(row, column, "%s", capitals);
    job->previous_key[0] = '\0';
    return true;
}

bool keel_kamiyo_spoil_key_space(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    if (job->previous_key[0] == '\0')
        return false;
    keel_kamiyo_set_textf(row, column, "%s ", job->previous_key);
    job->previous_key[0] = '\0';
    return true;
}

/* The whole row once more, as the original's second run left them. */
bool keel_kamiyo_spoil_copy_of_previous(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    const keel_kamiyo_row *previous = job->previous;

    if (previous == NULL || previous->touched != 0 || row->touched != 0)
        return false;
    for (int copied = column; copied < ALERT_COLUMNS; copied++) {
        row->cells[copied] = previous->cells[copied];
        if (previous->cells[copied].class == KEEL_KAMIYO_TEXT)
            keel_kamiyo_set_textf(row, copied, "%.*s", (int)previous->cells[copied].size,
                                  previous->cells[copied].bytes);
    }
    row->rejected = row->parent_lost = previous->parent_lost;
    row->touched = UINT32_MAX;
    return true;
}

/* The key of the user before in capitals: two texts, one UUID. One of the two cannot arrive, so
 * neither may have children or another defect. */
bool keel_kamiyo_spoil_api_key_twin(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    const keel_kamiyo_row *previous = job->previous;

    if (previous == NULL || previous->rejected || (previous->touched & 1u << column) != 0 ||
        row->touched != 0)
        return false;
    keel_kamiyo_set_textf(row, column, "%s", previous->cells[column].bytes);
    for (char *c = row->text + row->text_size - 2; c >= row->text && *c != '\0'; c--)
        *c = (char)toupper((unsigned char)*c);
    job->users.barren[job->users.count - 1] = 1;
    row->barren = true;
    row->touched = UINT32_MAX;
    return true;
}

bool keel_kamiyo_spoil_api_key_form(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    char digits[25];

    keel_random_hex(&job->random, digits, 24);
    keel_kamiyo_set_textf(row, column, "kamiyo_live_%s", digits);
    return true;
}

bool keel_kamiyo_spoil_time_z(keel_kamiyo_job *job KEEL_UNUSED, keel_kamiyo_row *row, int column)
{
    keel_kamiyo_set_utc(row, column, row->seconds);
    const char *time = row->cells[column].bytes;

    keel_kamiyo_set_textf(row, column, "%.10sT%sZ", time, time + 11);
    return true;
}

bool keel_kamiyo_spoil_time_offset(keel_kamiyo_job *job KEEL_UNUSED,
                                   keel_kamiyo_row *row,
                                   int column)
{
    keel_kamiyo_set_utc(row, column, row->seconds);
    keel_kamiyo_set_textf(row, column, "%s+00:00", row->cells[column].bytes);
    return true;
}

bool keel_kamiyo_spoil_time_date_only(keel_kamiyo_job *job KEEL_UNUSED,
                                      keel_kamiyo_row *row,
                                      int column)
{
    keel_kamiyo_set_utc(row, column, row->seconds);
    row->cells[column].size = strlen("2020-08-01");
    return true;
}

bool keel_kamiyo_spoil_time_epoch(keel_kamiyo_job *job KEEL_UNUSED,
                                  keel_kamiyo_row *row,
                                  int column)
{
    keel_kamiyo_set_integer(row, column, row->seconds);
    return true;
}

bool keel_kamiyo_spoil_time_milliseconds(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    keel_kamiyo_set_integer(row, column,
                            row->seconds * 1000 + keel_random_below(&job->random, 1000));
    return true;
}

/* Local times of the two nights on which Copenhagen's clocks change: one never was, the other was
 * twice. */
bool keel_kamiyo_spoil_time_gap(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    keel_kamiyo_set_text(row, column,
                         keel_random_chance(&job->random, 50) ? "2024-03-31 02:30:00.125000"
                                                              : "2024-10-27 02:15:00.250000");
    return true;
}

bool keel_kamiyo_spoil_flag_word(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    static const char *const words[] = {"true", "f", ""};

    keel_kamiyo_set_text(row, column, words[keel_random_below(&job->random, KEEL_COUNT_OF(words))]);
    return true;
}

/* What people put into an integer column when nothing stops them. */
bool keel_kamiyo_spoil_number(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    if (keel_random_chance(&job->random, 50))
        keel_kamiyo_set_text(row, column, "high");
    else
        keel_kamiyo_set_real(row, column, 3.5);
    return true;
}

bool keel_kamiyo_spoil_foreign_text(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    static const char *const texts[] = {
        "재진입 공격으로 볼트가 비워졌습니다",
        "Oracle manipulé 💸 — liquidité vidée",
        "闪电贷攻击 🔥 损失待确认",
        "Обход проверки подписи моста",
        "Größenordnung unklar, Prüfung läuft",
    };

    keel_kamiyo_set_text(row, column, texts[keel_random_below(&job->random, KEEL_COUNT_OF(texts))]);
    return true;
}

bool keel_kamiyo_spoil_huge_text(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    row->cells[column] =
        (keel_kamiyo_cell){.class = KEEL_KAMIYO_TEXT, .bytes = job->huge, .size = KEEL_KAMIYO_HUGE};
    return true;
}

bool keel_kamiyo_spoil_big_id(keel_kamiyo_job *job KEEL_UNUSED, keel_kamiyo_row *row, int column)
{
    row->cells[column].integer += BEYOND_INT4;
    return true;
}

bool keel_kamiyo_spoil_orphan(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    if (row->parent_lost)
        return false;
    keel_kamiyo_set_integer(row, column, NOBODY + keel_random_below(&job->random, 1000000));
    return true;
}

bool keel_kamiyo_spoil_long_email(keel_kamiyo_job *job, keel_kamiyo_row *row, int column)
{
    keel_kamiyo_set_textf(row, column, "%0250lld@example.com", (long long)job->users.count);
    return true;
}
