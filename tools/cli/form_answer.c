// SPDX-License-Identifier: Apache-2.0
// One question of a CA's form: texts, choices, yes or no, lists, files and secrets.
#include "form_answer.h"

#include <string.h>
#include <strings.h>

#include "fields.h"
#include "secrets.h"
#include "tty.h"

#define ROUNDS_MAX 10 /* of one question */

/* What is asked, and what came. */
struct question {
    struct run *run;
    const json_t *field;
    const char *kind;
    kf_buf text; /* "E-mail [anna@example.org]: " */
};

/* --- the text of the question --- */

static kf_err add_shown(kf_buf *text, const char *word) {
    return kf_text_escape(text, word, strlen(word));
}

/* What Enter takes. */
static kf_err add_default(const struct question *question, kf_buf *text) {
    KF_AUTO(kf_buf) value = {0};
    bool is_switch = strcmp(question->kind, "switch") == 0;
    const json_t *standing = json_object_get(question->field, "value");
    if (is_switch)
        return kf_buf_add_str(text, json_is_true(standing) ? " [Y/n]" : " [y/N]");
    KF_TRY(format_list(question->run, question->field, standing, &value));
    if (value.len)
        return kf_buf_printf(text, " [%s]", kf_buf_str(&value));
    if (json_is_true(json_object_get(question->field, "required")))
        return KF_OK;
    return kf_buf_add_str(text, " (optional)");
}

static kf_err question_text(struct question *question) {
    static const char *const ways[][2] = {
        {"list", ", one a line"}, {"file", ", a file's name"}, {"date", ", YYYY-MM-DD"}};
    KF_TRY(add_shown(&question->text, json_text(question->field, "title|name")));
    for (size_t i = 0; i < KF_COUNT(ways); i++)
        if (strcmp(ways[i][0], question->kind) == 0)
            KF_TRY(kf_buf_add_str(&question->text, ways[i][1]));
    KF_TRY(add_default(question, &question->text));
    return kf_buf_add_str(&question->text, ": ");
}

/* --- choices --- */

/* Values that are numbers themselves ("1" year) are typed as they are; others by their place. */
static bool choices_are_numbers(const json_t *choices) {
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        const char *value = json_text(choice, "value");
        if (*value >= '0' && *value <= '9')
            return true;
    }
    return false;
}

static void show_choices(const struct question *question) {
    const json_t *choices = json_object_get(question->field, "choices");
    bool numbers = choices_are_numbers(choices);
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        KF_AUTO(kf_buf) title = {0};
        const char *value = json_text(choice, "value"), *shown = json_text(choice, "title|value");
        if (add_shown(&title, shown) != KF_OK)
            return;
        if (numbers)
            note(question->run, "  %-4s %s", value, strcmp(value, shown) ? kf_buf_str(&title) : "");
        else
            note(question->run, "  %2zu  %s", i + 1, kf_buf_str(&title));
    }
}

/* The choice's value for what was typed: a value, a title, or its number in the list. */
static const char *chosen(const json_t *choices, const char *typed) {
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        if (strcasecmp(json_text(choice, "value"), typed) == 0 ||
            strcmp(json_text(choice, "title"), typed) == 0)
            return json_text(choice, "value");
    }
    int64_t number = 0;
    if (choices_are_numbers(choices) ||
        kf_parse_number(typed, "the number", 1, (int64_t)json_array_size(choices), &number) !=
            KF_OK)
        return typed;
    return json_text(json_array_get(choices, (size_t)number - 1), "value");
}

/* --- answers by kind; NULL in `ret_value` is Enter alone --- */

static kf_err ask_line(const struct question *question, const char *text, json_t **ret_value) {
    char answer[ANSWER_MAX];
    KF_TRY(run_ask(question->run, text, answer));
    const char *typed = kf_str_trim(answer);
    const json_t *choices = json_object_get(question->field, "choices");
    if (*typed && choices)
        typed = chosen(choices, typed);
    *ret_value = *typed ? json_string(typed) : NULL;
    if (*typed && !*ret_value)
        return kf_fail(KF_E_INPUT, "what was typed is not UTF-8");
    return KF_OK;
}

static kf_err answer_text(const struct question *question, json_t **ret_value) {
    return ask_line(question, kf_buf_str(&question->text), ret_value);
}

static kf_err answer_switch(const struct question *question, json_t **ret_value) {
    KF_AUTO_PTR(json_t) typed = NULL;
    KF_TRY(answer_text(question, &typed));
    const char *word = typed ? json_string_value(typed) : "";
    if (strcasecmp(word, "y") == 0 || strcasecmp(word, "yes") == 0)
        *ret_value = json_true();
    else if (strcasecmp(word, "n") == 0 || strcasecmp(word, "no") == 0)
        *ret_value = json_false();
    else
        *ret_value = KF_MOVE(typed);
    return KF_OK;
}

static kf_err answer_list(const struct question *question, json_t **ret_value) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (const char *text = kf_buf_str(&question->text);; text = "  and (Enter ends): ") {
        json_t *item = NULL;
        KF_TRY(ask_line(question, text, &item));
        if (!item)
            break;
        json_array_append_new(list, item);
    }
    *ret_value = json_array_size(list) ? KF_MOVE(list) : NULL;
    return KF_OK;
}

static kf_err answer_file(const struct question *question, json_t **ret_value) {
    KF_AUTO_PTR(json_t) path = NULL;
    KF_TRY(answer_text(question, &path));
    return path ? fields_file(json_string_value(path), ret_value) : KF_OK;
}

/* It goes with the form as text, so it is not locked in memory as PINs are. */
static kf_err answer_secret(const struct question *question, json_t **ret_value) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_TRY(secrets_get_optional(question->run, json_text(question->field, "name"),
                                kf_buf_str(&question->text), &secret));
    if (!secret)
        return KF_OK;
    *ret_value = json_stringn((const char *)kf_secret_data(secret), kf_secret_len(secret));
    return *ret_value ? KF_OK : kf_fail(KF_E_INPUT, "the secret is not UTF-8 text");
}

static const struct {
    const char *kind;
    kf_err (*ask)(const struct question *question, json_t **ret_value);
} kinds[] = {{"switch", answer_switch},
             {"list", answer_list},
             {"file", answer_file},
             {"secret", answer_secret}};

static kf_err answer_once(const struct question *question, json_t **ret_value) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (strcmp(kinds[i].kind, question->kind) == 0)
            return kinds[i].ask(question, ret_value);
    return answer_text(question, ret_value);
}

/* --- checked at once --- */

/* The form with this one field knows whether the answer fits. */
static bool fits(const struct question *question, const json_t *value) {
    const char *name = json_text(question->field, "name");
    KF_AUTO_PTR(json_t) form = json_pack("{s:[O]}", "fields", question->field);
    KF_AUTO_PTR(json_t) values = json_object();
    KF_AUTO_PTR(json_t) problems = NULL;
    if (value)
        json_object_set(values, name, (json_t *)(uintptr_t)value);
    if (kf_form_check(form, values, NULL, &problems) != KF_E_USAGE)
        return true;
    note(question->run, "  %s It %s.", term_mark(&question->run->term, MARK_FAILED),
         json_text(json_array_get(problems, 0), "text"));
    kf_error_clear();
    return false;
}

/* An agreement that is required and refused is an answer as well: the form will say so. */
static kf_err ask_until_it_fits(const struct question *question, json_t **ret_value) {
    for (int round = 0; round < ROUNDS_MAX; round++) {
        json_t *value = NULL;
        kf_err code = answer_once(question, &value);
        if (code != KF_OK && code != KF_E_INPUT && code != KF_E_NOT_FOUND)
            return code;
        if (code != KF_OK)
            note(question->run, "  %s %s", term_mark(&question->run->term, MARK_FAILED),
                 kf_error_sentence(code));
        else if (fits(question, value)) {
            *ret_value = value;
            return KF_OK;
        }
        json_decref(value);
    }
    kf_fail(KF_E_INTERRUPTED, "no answer to \"%s\" fitted",
            json_text(question->field, "title|name"));
    kf_error_key("Nothing was sent.");
    kf_error_hint("Run the command again when you know it.");
    return KF_E_INTERRUPTED;
}

kf_err form_answer(struct run *run, const json_t *field, json_t **ret_value) {
    struct question question = {.run = run, .field = field, .kind = json_text(field, "kind")};
    const char *help = json_text(field, "help");
    KF_AUTO(kf_buf) shown = {0};
    kf_err code = question_text(&question);
    if (code == KF_OK && *help && add_shown(&shown, help) == KF_OK)
        note(run, "  %s%s%s", term_dim(run->term.err_color), kf_buf_str(&shown),
             term_plain(run->term.err_color));
    show_choices(&question);
    if (code == KF_OK)
        code = ask_until_it_fits(&question, ret_value);
    kf_buf_clear(&question.text);
    return code;
}
