"""A ceiling for the roles of the platform itself: whatever a policy says, they make no identities and stop no audit."""

from typing import Any

_ESCALATION = (
    "iam:AddUserToGroup",
    "iam:Attach*Policy",
    "iam:CreateAccessKey",
    "iam:CreateGroup",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy*",
    "iam:CreateRole",
    "iam:CreateSAMLProvider",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:Detach*Policy",
    "iam:Put*Policy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:SetDefaultPolicyVersion",
    "iam:Update*",
)
_AUDIT = (
    "backup:DeleteBackupVaultLockConfiguration",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "s3:BypassGovernanceRetention",
    "s3:PutBucketObjectLockConfiguration",
)


def boundary() -> dict[str, Any]:
    """The policy for `account.permission_boundary`.

    A boundary allows nothing by itself: a role may do what its policies and its boundary both allow. Hence the `*`.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Ceiling", "Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": "MakeNoIdentities", "Effect": "Deny", "Action": list(_ESCALATION), "Resource": "*"},
            {"Sid": "StopNoAudit", "Effect": "Deny", "Action": list(_AUDIT), "Resource": "*"},
            {"Sid": "StayInTheAccount", "Effect": "Deny", "Action": ["account:*", "organizations:*"], "Resource": "*"},
        ],
    }
