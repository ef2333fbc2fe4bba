"""The state machine that tells tenants, against the error tree, the function and the event that starts it."""

from rubrica import errors
from rubrica.adapters import notify
from rubrica.domain.webhooks import MOST_ATTEMPTS
from tests.contract.deployed_template import functions, named, resources, state_machine
from tests.contract.test_workflow_definition import OF_THE_PLATFORM, OUT_OF_TIME, leaves

MACHINE = resources("AWS::Serverless::StateMachine")["WebhookStateMachine"]
DEFINITION = state_machine("webhook")
SEND = DEFINITION["States"]["Send webhook"]


def test_a_receiver_that_does_not_answer_is_asked_as_often_as_the_function_counts() -> None:
    unanswered, _, _ = SEND["Retry"]

    assert unanswered["ErrorEquals"] == [errors.WebhookUnanswered.__name__]
    assert unanswered["MaxAttempts"] == MOST_ATTEMPTS - 1
    assert unanswered["MaxDelaySeconds"] == 3600
    assert unanswered["BackoffRate"] > 1


def test_troubles_of_our_own_platform_are_retried_and_nothing_else() -> None:
    _, out_of_time, trouble = SEND["Retry"]

    assert set(out_of_time["ErrorEquals"]) == OUT_OF_TIME
    assert set(trouble["ErrorEquals"]) == leaves(errors.PlatformTrouble) | OF_THE_PLATFORM
    assert all(retry["JitterStrategy"] == "FULL" for retry in SEND["Retry"])


def test_the_end_has_a_name_whatever_happens() -> None:
    (catch,) = SEND["Catch"]
    last = DEFINITION["States"][catch["Next"]]

    assert catch["ErrorEquals"] == ["States.ALL"]
    assert (last["Type"], last["Error"]) == ("Fail", "NotTold")
    assert SEND["End"] is True


def test_the_task_has_a_literal_timeout_just_above_its_functions() -> None:
    seconds = functions()["SendWebhookFunction"]["Timeout"]

    assert seconds < SEND["TimeoutSeconds"] <= seconds + 30


def test_only_the_id_and_a_count_pass_through() -> None:
    rule = MACHINE["Events"]["ImportClosed"]["Properties"]

    assert set(SEND["Parameters"]) == {"import_id.$", "retry.$"}
    assert rule["InputTransformer"]["InputPathsMap"] == {"import_id": "$.detail.import_id"}
    assert rule["InputTransformer"]["InputTemplate"] == '{"import_id": <import_id>}'


def test_the_rule_hears_what_its_own_installation_announces_for_tenants_with_a_webhook() -> None:
    (event,) = MACHINE["Events"].values()

    assert event["Type"] == "EventBridgeRule"
    assert event["Properties"]["Pattern"] == {
        "source": [notify.SOURCE],
        "detail-type": [notify.DETAIL_TYPE],
        "detail": {"installation": [{"Ref": "AWS::StackName"}], "webhook": [True]},
    }


def test_the_definition_keeps_to_what_every_engine_does_alike() -> None:
    assert "QueryLanguage" not in DEFINITION
    assert "TimeoutSeconds" not in DEFINITION
    assert {state["Type"] for state in DEFINITION["States"].values()} == {"Task", "Fail"}


def test_the_placeholder_is_filled_with_the_function() -> None:
    filled = {name: named(value) for name, value in MACHINE["DefinitionSubstitutions"].items()}

    assert filled == {"SendWebhookFunctionArn": "SendWebhookFunction"}
    assert SEND["Resource"] == "${SendWebhookFunctionArn}"
    assert MACHINE["Type"] == "STANDARD"
