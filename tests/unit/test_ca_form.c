// SPDX-License-Identifier: Apache-2.0
// Forms: what is taken of a person's values, and what is said of the others.
#include "unit/form_fixture.h"

#include "ca/shape.h"

#define TEXT   "{'name':'a','title':'A','kind':'text'"
#define LIST   "{'name':'a','title':'A','kind':'list'"
#define SWITCH "{'name':'a','title':'A','kind':'switch'"

/* --- from a table --- */

static void a_table_becomes_a_form(void **state) {
    static const struct kf_ca_field fields[] = {
        {.name = "hash", .title = "Hash", .value = "sha256", .choices = "sha256|sha384"},
        {.name = "years", .title = "Validity", .kind = "choice", .choices = "1=One year|2=Two"},
        {.name = "renew", .title = "Renew", .kind = "switch", .value = "yes", .required = true},
        {.name = "mails", .title = "E-mails", .kind = "list", .value = "a@b", .max = 9},
        {.name = "free", .title = "Free", .choices = "a|b", .open = true, .group = "More"},
    };
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t)
    wanted = json_of(
        "{'schema':'keyfob.form/1','title':'Order','fields':["
        "{'name':'hash','title':'Hash','kind':'text','required':false,'read_only':false,"
        " 'value':'sha256','closed':true,'choices':[{'value':'sha256','title':'sha256'},"
        " {'value':'sha384','title':'sha384'}]},"
        "{'name':'years','title':'Validity','kind':'choice','required':false,'read_only':false,"
        " 'closed':true,'choices':[{'value':'1','title':'One year'},{'value':'2','title':'Two'}]},"
        "{'name':'renew','title':'Renew','kind':'switch','required':true,'read_only':false,"
        " 'value':true},"
        "{'name':'mails','title':'E-mails','kind':'list','required':false,'read_only':false,"
        " 'value':['a@b'],'max':9},"
        "{'name':'free','title':'Free','kind':'text','required':false,'read_only':false,"
        " 'closed':false,'choices':[{'value':'a','title':'a'},{'value':'b','title':'b'}],"
        " 'group':'More'}]}");
    assert_ok(kf_form_new("Order", fields, KF_COUNT(fields), &form));
    assert_true(json_equal(form, wanted));
    assert_null(kf_shape_form(form));
}

static void a_form_without_fields_takes_nothing(void **state) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) taken = NULL;
    assert_ok(kf_form_new("Nothing", NULL, 0, &form));
    assert_ok(kf_form_check(form, NULL, &taken, NULL));
    assert_int_equal(json_object_size(taken), 0);
    assert_non_null(strstr(wrong_with(form, "{'a':'b'}", NULL), "not a field"));
}

/* --- values --- */

static void a_text_is_taken_as_it_is(void **state) {
    assert_takes(TEXT "}", "{'a':'x y'}", "{'a':'x y'}");
    assert_takes(TEXT "}", "{'a':7}", "{'a':'7'}");
    assert_takes(TEXT "}", "{'a':['x']}", "{'a':'x'}");
    assert_takes(TEXT "}", "{}", "{}");
}

static void nothing_has_several_spellings(void **state) {
    assert_takes(TEXT "}", "{'a':''}", "{}");
    assert_takes(TEXT "}", "{'a':null}", "{}");
    assert_takes(TEXT "}", "{'a':[]}", "{}");
    assert_refuses(TEXT ",'required':true}", "{'a':''}", "is needed");
    assert_refuses(TEXT ",'required':true}", "{'a':null}", "is needed");
    assert_refuses(TEXT ",'required':true}", "{}", "is needed");
    assert_refuses(LIST ",'required':true}", "{'a':['','']}", "is needed");
    assert_refuses(SWITCH ",'required':true}", "{}", "is needed");
}

static void a_field_can_be_needed_because_of_another(void **state) {
    static const struct {
        const char *values;
        kf_err err;
    } rows[] = {
        {"{}", KF_E_USAGE},         {"{'b':'maybe'}", KF_E_USAGE}, {"{'a':'x'}", KF_OK},
        {"{'b':'no'}", KF_OK},      {"{'b':''}", KF_OK},           {"{'b':'maybe','a':'x'}", KF_OK},
        {"{'a':['']}", KF_E_USAGE},
    };
    KF_AUTO_PTR(json_t)
    form = json_of("{'fields':[{'name':'b','title':'B','kind':'text','value':'yes'},{'name':'a',"
                   "'title':'A','kind':'text','required_when':{'b':['maybe','yes']}}]}");
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(json_t) values = json_of(rows[i].values);
        assert_int_equal(kf_form_check(form, values, NULL, NULL), rows[i].err);
    }
}

static void a_prefilled_value_stands_in_and_can_be_cleared(void **state) {
    assert_takes(TEXT ",'value':'p'}", "{}", "{'a':'p'}");
    assert_takes(TEXT ",'value':'p'}", "{'a':null}", "{'a':'p'}");
    assert_takes(TEXT ",'value':'p'}", "{'a':'q'}", "{'a':'q'}");
    assert_takes(TEXT ",'value':'p'}", "{'a':''}", "{}");
    assert_takes(LIST ",'value':['p','q']}", "{}", "{'a':['p','q']}");
    assert_takes(SWITCH ",'value':true}", "{}", "{'a':true}");
    assert_takes(TEXT ",'value':null}", "{}", "{}");
}

static void one_text_is_one_text(void **state) {
    assert_refuses(TEXT "}", "{'a':['x','y']}", "one value only");
    assert_takes(LIST "}", "{'a':['x','y']}", "{'a':['x','y']}");
    assert_takes(LIST "}", "{'a':'x'}", "{'a':['x']}");
    assert_takes(LIST "}", "{'a':['x','',3]}", "{'a':['x','3']}");
}

static void shapes_that_are_no_values_are_refused(void **state) {
    assert_refuses(TEXT "}", "{'a':{'b':'c'}}", "must be text");
    assert_refuses(TEXT "}", "{'a':true}", "must be text");
    assert_refuses(TEXT "}", "{'a':1.5}", "must be text");
    assert_refuses(LIST "}", "{'a':['x',['y']]}", "must be text");
    assert_refuses(LIST "}", "{'a':['x',null]}", "must be text");
    assert_refuses(SWITCH "}", "{'a':['yes']}", "yes or no");
    assert_refuses(SWITCH "}", "{'a':1}", "yes or no");
}

static void values_that_are_no_object_are_refused(void **state) {
    static const char *const shapes[] = {"[]", "'x'", "1", "null", "true"};
    KF_AUTO_PTR(json_t) form = form_of(TEXT "}");
    for (size_t i = 0; i < KF_COUNT(shapes); i++) {
        KF_AUTO_PTR(json_t) values = json_of(shapes[i]);
        assert_int_equal(kf_form_check(form, values, NULL, NULL), KF_E_USAGE);
    }
}

static void a_form_that_is_none_is_the_cas_fault(void **state) {
    static const char *const forms[] = {"{}", "[]", "{'fields':{}}", "{'fields':[{'title':'A'}]}",
                                        "{'fields':['a']}"};
    for (size_t i = 0; i < KF_COUNT(forms); i++) {
        KF_AUTO_PTR(json_t) form = json_of(forms[i]);
        assert_int_equal(kf_form_check(form, NULL, NULL, NULL), KF_E_CA_ANSWER);
    }
    assert_int_equal(kf_form_check(NULL, NULL, NULL, NULL), KF_E_CA_ANSWER);
}

static void a_switch_knows_the_words_of_the_settings(void **state) {
    static const char *const yes[] = {"true", "'yes'", "'true'", "'1'", "'on'"};
    static const char *const no[] = {"false", "'no'", "'false'", "'0'", "'off'"};
    for (size_t i = 0; i < KF_COUNT(yes); i++) {
        KF_AUTO_FREE char *on = kf_str("{'a':%s}", yes[i]);
        KF_AUTO_FREE char *off = kf_str("{'a':%s}", no[i]);
        assert_takes(SWITCH "}", on, "{'a':true}");
        assert_takes(SWITCH "}", off, "{'a':false}");
    }
    assert_refuses(SWITCH "}", "{'a':'maybe'}", "yes or no");
    assert_takes(SWITCH ",'value':true}", "{'a':''}", "{}");
}

static void a_number_is_whole(void **state) {
    static const char number[] = "{'name':'a','title':'A','kind':'number'}";
    assert_takes(number, "{'a':'42'}", "{'a':'42'}");
    assert_takes(number, "{'a':-3}", "{'a':'-3'}");
    assert_refuses(number, "{'a':'4x'}", "whole number");
    assert_refuses(number, "{'a':'99999999999999999999'}", "whole number");
}

static void a_date_is_a_day_of_the_calendar(void **state) {
    static const char date[] = "{'name':'a','title':'A','kind':'date'}";
    assert_takes(date, "{'a':'2028-02-29'}", "{'a':'2028-02-29'}");
    assert_refuses(date, "{'a':'2027-02-29'}", "calendar");
    assert_refuses(date, "{'a':'29.02.2028'}", "2026-11-20");
}

static void a_maximum_counts_characters_and_not_bytes(void **state) {
    assert_takes(TEXT ",'max':4}", "{'a':'\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0'}",
                 "{'a':'\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0'}");
    assert_takes(TEXT ",'max':1}", "{'a':'\xf0\x9f\x94\x91'}", "{'a':'\xf0\x9f\x94\x91'}");
    assert_refuses(TEXT ",'max':4}", "{'a':'Annaa'}", "5 characters, and at most 4");
    assert_refuses(LIST ",'max':2}", "{'a':['ab','abc']}", "3 characters");
    assert_takes(TEXT ",'max':0}", "{'a':'any'}", "{'a':'any'}");
}

static void only_files_have_several_lines(void **state) {
    assert_refuses(TEXT "}", "{'a':'x\\ny'}", "control character");
    assert_refuses(LIST "}", "{'a':['x\\u001b[2J']}", "control character");
    assert_takes("{'name':'a','title':'A','kind':'file'}", "{'a':'x\\ny\\n'}", "{'a':'x\\ny\\n'}");
}

static void a_value_without_end_is_refused(void **state) {
    char values[6000];
    memset(values, 'x', sizeof values);
    KF_AUTO_PTR(json_t) form = form_of(TEXT "}");
    KF_AUTO_PTR(json_t) given = json_pack("{s:s%}", "a", values, 4097);
    KF_AUTO_PTR(json_t) many = json_pack("{s:[]}", "a");
    assert_int_equal(kf_form_check(form, given, NULL, NULL), KF_E_USAGE);
    for (int i = 0; i < 1001; i++)
        json_array_append_new(json_object_get(many, "a"), json_string("x"));
    assert_int_equal(kf_form_check(form, many, NULL, NULL), KF_E_USAGE);
}

/* --- choices --- */

#define CHOICES                                                                                    \
    ",'choices':[{'value':'17','title':'Example'},{'value':'18','title':'Other'},"                 \
    "{'value':'19','title':'Other'}]"

static void a_closed_choice_takes_its_values_and_titles(void **state) {
    assert_takes(TEXT CHOICES ",'closed':true}", "{'a':'17'}", "{'a':'17'}");
    assert_takes(TEXT CHOICES ",'closed':true}", "{'a':17}", "{'a':'17'}");
    assert_takes(TEXT CHOICES ",'closed':true}", "{'a':'Example'}", "{'a':'17'}");
    assert_takes(LIST CHOICES ",'closed':true}", "{'a':['19','Example']}", "{'a':['19','17']}");
    assert_refuses(TEXT CHOICES ",'closed':true}", "{'a':'20'}",
                   "not one of the values that the CA allows: \"17\", \"18\", \"19\"");
    assert_refuses(TEXT CHOICES ",'closed':true}", "{'a':'Other'}", "not one of"); /* which? */
}

static void an_open_choice_takes_others_too(void **state) {
    assert_takes(TEXT CHOICES "}", "{'a':'20'}", "{'a':'20'}");
    assert_takes(TEXT CHOICES ",'closed':false}", "{'a':'Example'}", "{'a':'17'}");
}

static void a_closed_choice_without_choices_takes_nothing(void **state) {
    assert_refuses(TEXT ",'closed':true}", "{'a':'x'}", "not one of");
    assert_takes(TEXT ",'closed':true}", "{}", "{}");
}

/* --- read-only --- */

static void what_the_ca_sets_cannot_be_changed(void **state) {
    assert_takes(TEXT ",'read_only':true,'value':'p'}", "{}", "{'a':'p'}");
    assert_takes(TEXT ",'read_only':true,'value':'p'}", "{'a':'p'}", "{'a':'p'}");
    assert_takes(TEXT ",'read_only':true,'value':'7'}", "{'a':7}", "{'a':'7'}");
    assert_takes(LIST ",'read_only':true,'value':['p']}", "{'a':'p'}", "{'a':['p']}");
    assert_takes(SWITCH ",'read_only':true,'value':true}", "{'a':'yes'}", "{'a':true}");
    assert_refuses(TEXT ",'read_only':true,'value':'p'}", "{'a':'q'}", "cannot be changed");
    assert_refuses(TEXT ",'read_only':true,'value':'p'}", "{'a':''}", "cannot be changed");
    assert_refuses(TEXT ",'read_only':true}", "{'a':'q'}", "cannot be changed");
    assert_refuses(SWITCH ",'read_only':true,'value':true}", "{'a':false}", "cannot be changed");
}

/* --- what is said --- */

static void a_mistyped_name_is_told_with_the_nearest(void **state) {
    KF_AUTO_PTR(json_t)
    form = json_of("{'fields':[{'name':'organization','title':'O','kind':'text'},"
                   "{'name':'email','title':'E-mail','kind':'text'}]}");
    assert_string_equal(wrong_with(form, "{'emial':'x'}", NULL),
                        "is not a field of this form; is \"email\" meant?");
    assert_string_equal(kf_error_sentence(KF_E_USAGE),
                        "\"emial\" is not a field of this form; is \"email\" meant?");
    assert_string_equal(wrong_with(form, "{'colour':'x'}", NULL), "is not a field of this form");
}

static void every_problem_is_listed_and_the_first_is_said(void **state) {
    KF_AUTO_PTR(json_t)
    form = json_of("{'fields':[{'name':'a','title':'First name','kind':'text',"
                   "'required':true},{'name':'b','title':'B','kind':'number'},"
                   "{'name':'c','title':'C','kind':'text'}]}");
    KF_AUTO_PTR(json_t) given = json_of("{'b':'x','c':'fine','d':'stranger'}");
    KF_AUTO_PTR(json_t) problems = NULL;
    assert_int_equal(kf_form_check(form, given, NULL, &problems), KF_E_USAGE);
    assert_int_equal(json_array_size(problems), 3);
    assert_string_equal(kf_error_sentence(KF_E_USAGE), "\"First name\" (a) is needed; wrong as "
                                                       "well: \"b\", \"d\"");
}

static void no_sentence_repeats_a_secret(void **state) {
    KF_AUTO_PTR(json_t)
    form = form_of("{'name':'a','title':'A','kind':'secret','max':3,"
                   "'check':'digits','closed':true}");
    static const char *const values[] = {"{'a':'hunter2'}", "{'a':['hunter2','hunter2']}",
                                         "{'a':'hunter2\\n'}"};
    for (size_t i = 0; i < KF_COUNT(values); i++) {
        assert_null(strstr(wrong_with(form, values[i], NULL), "hunter2"));
        assert_null(strstr(kf_error_sentence(KF_E_USAGE), "hunter2"));
    }
}

static void a_check_is_asked_by_its_name(void **state) {
    assert_refuses(TEXT ",'check':'email'}", "{'a':'anna'}", "not an e-mail address");
    assert_takes(TEXT ",'check':'email'}", "{'a':'anna@example.org'}", "{'a':'anna@example.org'}");
    assert_refuses(LIST ",'check':'email'}", "{'a':['a@b.org','c']}", "not an e-mail address");
    assert_takes(TEXT ",'check':'of the future'}", "{'a':'x'}", "{'a':'x'}");
    assert_null(kf_form_check_value(NULL, "x"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_becomes_a_form),
        cmocka_unit_test(a_form_without_fields_takes_nothing),
        cmocka_unit_test(a_text_is_taken_as_it_is),
        cmocka_unit_test(nothing_has_several_spellings),
        cmocka_unit_test(a_field_can_be_needed_because_of_another),
        cmocka_unit_test(a_prefilled_value_stands_in_and_can_be_cleared),
        cmocka_unit_test(one_text_is_one_text),
        cmocka_unit_test(shapes_that_are_no_values_are_refused),
        cmocka_unit_test(values_that_are_no_object_are_refused),
        cmocka_unit_test(a_form_that_is_none_is_the_cas_fault),
        cmocka_unit_test(a_switch_knows_the_words_of_the_settings),
        cmocka_unit_test(a_number_is_whole),
        cmocka_unit_test(a_date_is_a_day_of_the_calendar),
        cmocka_unit_test(a_maximum_counts_characters_and_not_bytes),
        cmocka_unit_test(only_files_have_several_lines),
        cmocka_unit_test(a_value_without_end_is_refused),
        cmocka_unit_test(a_closed_choice_takes_its_values_and_titles),
        cmocka_unit_test(an_open_choice_takes_others_too),
        cmocka_unit_test(a_closed_choice_without_choices_takes_nothing),
        cmocka_unit_test(what_the_ca_sets_cannot_be_changed),
        cmocka_unit_test(a_mistyped_name_is_told_with_the_nearest),
        cmocka_unit_test(every_problem_is_listed_and_the_first_is_said),
        cmocka_unit_test(no_sentence_repeats_a_secret),
        cmocka_unit_test(a_check_is_asked_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
