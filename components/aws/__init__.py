"""What components on AWS share: policy documents, encryption keys, buckets, roles of pods."""

from components.aws.buckets import LifecycleArgs, LockArgs, PrivateBucket, PrivateBucketArgs
from components.aws.keys import EncryptionKey, EncryptionKeyArgs, KeyUser
from components.aws.policies import Statement, policy_document, trust_document
from components.aws.roles import POD_IDENTITY_AGENT, PodRole, PodRoleArgs
from components.aws.topics import AlertTopic, AlertTopicArgs

__all__ = [
    "POD_IDENTITY_AGENT",
    "AlertTopic",
    "AlertTopicArgs",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "KeyUser",
    "LifecycleArgs",
    "LockArgs",
    "PodRole",
    "PodRoleArgs",
    "PrivateBucket",
    "PrivateBucketArgs",
    "Statement",
    "policy_document",
    "trust_document",
]
