"""The roles as they are deployed: the engine's judgement of every action, against the template's grants."""

from collections.abc import Mapping

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.contract.deployed_template import functions, granted
from tests.workflow.machines import EngineMachine

TABLE_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:UpdateTable",
)
KEY_ACTIONS = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DisableKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ScheduleKeyDeletion",
)
WORKFLOW_ACTIONS = ("states:DescribeExecution", "states:StartExecution", "states:StopExecution")
SECRET_ACTIONS = (
    "secretsmanager:DeleteSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:PutSecretValue",
)
SECRETS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/providers"
WEBHOOKS = SECRETS.replace("/providers", "/webhooks/*")
ACTIONS = {
    "ImportsTable": TABLE_ACTIONS,
    "AccountsTable": TABLE_ACTIONS,
    "ContactsKey": KEY_ACTIONS,
    "CredentialsKey": KEY_ACTIONS,
    "ImportStateMachine": WORKFLOW_ACTIONS,
    "WebhookStateMachine": WORKFLOW_ACTIONS,
    f"{SECRETS}-??????": SECRET_ACTIONS,
    f"{SECRETS}/*": SECRET_ACTIONS,
    WEBHOOKS: SECRET_ACTIONS,
}


def arns(engine: EngineMachine) -> Mapping[str, str]:
    outputs = engine.stack.deployment.outputs
    tables = engine.client("dynamodb")
    region, account = outputs["StateMachineArn"].split(":")[3:5]
    secret = f"arn:aws:secretsmanager:{region}:{account}:secret:{engine.stack.providers_secret}"
    return {
        "ImportsTable": tables.describe_table(TableName=engine.stack.imports_table)["Table"]["TableArn"],
        "AccountsTable": tables.describe_table(TableName=engine.stack.accounts_table)["Table"]["TableArn"],
        "ContactsKey": outputs["ContactsKeyArn"],
        "CredentialsKey": outputs["CredentialsKeyArn"],
        "ImportStateMachine": outputs["StateMachineArn"],
        "WebhookStateMachine": outputs["WebhookStateMachineArn"],
        f"{SECRETS}-??????": f"{secret}-Xy12Zz",
        f"{SECRETS}/*": f"{secret}/tenant-a-Xy12Zz",
        WEBHOOKS: f"{secret.replace('/providers', '/webhooks')}/tenant-a-Xy12Zz",
    }


def role_arn(engine: EngineMachine, function: str) -> str:
    role = engine.stack.deployment.physical[f"{function}Role"]
    return str(engine.client("iam").get_role(RoleName=role)["Role"]["Arn"])


@pytest.mark.parametrize("resource", sorted(ACTIONS))
@pytest.mark.parametrize("function", sorted(functions()))
def test_a_role_allows_what_the_template_grants_and_nothing_else(
    engine: EngineMachine, function: str, resource: str
) -> None:
    judged = engine.client("iam").simulate_principal_policy(
        PolicySourceArn=role_arn(engine, function),
        ActionNames=list(ACTIONS[resource]),
        ResourceArns=[arns(engine)[resource]],
    )["EvaluationResults"]

    allowed = {result["EvalActionName"] for result in judged if result["EvalDecision"] == "allowed"}

    assert len(judged) == len(ACTIONS[resource])
    assert allowed == granted(function, resource)


def test_no_role_reads_the_secrets_of_another_stack(engine: EngineMachine) -> None:
    """The name that begins like ours is the one that a careless pattern lets in."""
    foreign = [
        arns(engine)[f"{SECRETS}-??????"].replace("/providers-", f"/providers{more}-") for more in ("2", "-of-others")
    ]
    judged = [
        result["EvalDecision"]
        for function in sorted(functions())
        for result in engine.client("iam").simulate_principal_policy(
            PolicySourceArn=role_arn(engine, function), ActionNames=list(SECRET_ACTIONS), ResourceArns=foreign
        )["EvaluationResults"]
    ]

    assert judged
    assert "allowed" not in judged


def test_a_call_that_no_policy_allows_is_refused(engine: EngineMachine) -> None:
    session = engine.client("sts").assume_role(
        RoleArn=role_arn(engine, "ReadImportFunction"), RoleSessionName="reader"
    )["Credentials"]
    tables = boto3.client(
        "dynamodb",
        endpoint_url=engine.stack.engine.endpoint,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        region_name="us-east-1",
    )
    key = {"pk": {"S": "I#1"}, "sk": {"S": "import"}}

    assert "Item" not in tables.get_item(TableName=engine.imports_table, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        tables.put_item(TableName=engine.imports_table, Item=key)
