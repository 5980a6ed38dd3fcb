"""What components on AWS share: policy documents, encryption keys, roles of pods."""

from components.aws.keys import EncryptionKey, EncryptionKeyArgs, KeyUser
from components.aws.policies import Statement, policy_document, trust_document
from components.aws.roles import POD_IDENTITY_AGENT, PodRole, PodRoleArgs

__all__ = [
    "POD_IDENTITY_AGENT",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "KeyUser",
    "PodRole",
    "PodRoleArgs",
    "Statement",
    "policy_document",
    "trust_document",
]
