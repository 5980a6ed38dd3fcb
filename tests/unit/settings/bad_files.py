"""Stack files that are wrong, and the exact words that say so."""

import textwrap

from tests.unit.settings.bad_account import IN_AN_ACCOUNT
from tests.unit.settings.bad_budget import OF_BUDGETS
from tests.unit.settings.bad_data import BAD_DATA
from tests.unit.settings.bad_dns import OF_NAMES
from tests.unit.settings.bad_documents import BAD_DOCUMENTS, BadFile, E, environment
from tests.unit.settings.bad_eks import ON_EKS
from tests.unit.settings.bad_network import ON_NETWORKS

# ruff: noqa: E501 - a message is one line

BAD_FILES = (
    *BAD_DOCUMENTS,
    *OF_BUDGETS,
    *OF_NAMES,
    *ON_NETWORKS,
    *BAD_DATA,
    *IN_AN_ACCOUNT,
    *ON_EKS,
    environment(
        "an unknown key",
        "objectstore: {kind: versity}",
        f"3:5: {E}.objectstore: is not a key here; did you mean `object_storage`?",
    ),
    environment(
        "an unknown key like no other",
        "database: {zzz: 1}",
        f"3:16: {E}.database.zzz: is not a key here; known: kind, volume, backups, resources",
    ),
    environment(
        "a key that is another's",
        "tracking: {volume: 5Gi}",
        f"3:16: {E}.tracking.volume: is not a key here; known: kind, replicas, auth, hosts, clients, scratch, resources",
    ),
    environment(
        "an unknown profile", "profile: smal", f"3:5: {E}.profile: must be one of `small`, `medium` or `large`"
    ),
    environment(
        "an unknown kind",
        "object_storage: {kind: versitty}",
        f"3:22: {E}.object_storage.kind: is no kind of object_storage; did you mean `versity`? kinds: versity, external, s3",
    ),
    environment(
        "an unknown kind of a capability that has one",
        "tracking: {kind: wandb, account: 4711}",
        f"3:16: {E}.tracking.kind: is no kind of tracking; kinds: mlflow",
    ),
    environment(
        "a kind that is no text",
        "cluster: {kind: 1}",
        f"3:15: {E}.cluster.kind: is no kind of cluster; kinds: auto, kind, simulated, existing, eks, existing_eks",
    ),
    environment(
        "no kind",
        "cluster: {context: prod}",
        f"3:5: {E}.cluster.kind: is missing; kinds: auto, kind, simulated, existing, eks, existing_eks",
    ),
    environment(
        "text for a capability",
        "object_storage: versity",
        f"3:5: {E}.object_storage: must be a mapping with a `kind` (versity, external, s3), not text",
    ),
    environment(
        "text for a capability that has one kind",
        "tracking: mlflow",
        f"3:5: {E}.tracking: must be a mapping with a `kind` (mlflow), not text",
    ),
    environment(
        "nothing for a capability",
        "database:",
        f"3:5: {E}.database: must be a mapping with a `kind` (postgresql, rds), not nothing",
    ),
    environment(
        "a misspelled key that is required",
        """
        cluster:
          kind: existing
          contxt: prod
        """,
        f"5:7: {E}.cluster.contxt: is not a key here; did you mean `context`?",
    ),
    environment(
        "a missing key", "cluster: {kind: existing}", f"3:5: {E}.cluster.context: is missing: the kube context to use"
    ),
    environment(
        "a number for text",
        "object_storage: {volume: 20}",
        f"3:22: {E}.object_storage.volume: must be a whole number of Ki, Mi, Gi or Ti, like `20Gi`; not a number",
    ),
    environment(
        "a number for a name",
        "tracking: {hosts: [8080]}",
        f"3:24: {E}.tracking.hosts[0]: must be text, not a number: write it in quotes",
    ),
    environment(
        "text for a number",
        'registry: {replicas: "2"}',
        f"3:16: {E}.registry.replicas: must be a whole number, not text: write it without quotes",
    ),
    environment(
        "true for a number",
        "registry: {replicas: true}",
        f"3:16: {E}.registry.replicas: must be a whole number, not true or false",
    ),
    environment(
        "a fraction for a number",
        "registry: {replicas: 1.5}",
        f"3:16: {E}.registry.replicas: must be a whole number, not a fraction",
    ),
    environment(
        "yes for true",
        "object_storage: {versioning: {tracking: yes}}",
        f"3:35: {E}.object_storage.versioning.tracking: must be true or false, not text",
    ),
    environment(
        "text for a list",
        "tracking: {hosts: mlflow.example.com}",
        f"3:16: {E}.tracking.hosts: must be a list, not text",
    ),
    environment("no replicas", "registry: {replicas: 0}", f"3:16: {E}.registry.replicas: must be at least 1"),
    environment("too many replicas", "registry: {replicas: 33}", f"3:16: {E}.registry.replicas: must be at most 32"),
    environment(
        "a volume in words",
        "database: {volume: 20GB}",
        f"3:16: {E}.database.volume: must be a whole number of Ki, Mi, Gi or Ti, like `20Gi`",
    ),
    environment(
        "a volume with a line end",
        'database: {volume: "20Gi\\n"}',
        f"3:16: {E}.database.volume: must be a whole number of Ki, Mi, Gi or Ti, like `20Gi`",
        by_schema=False,
    ),
    environment(
        "cores in words",
        "registry: {resources: {cpu: half}}",
        f"3:28: {E}.registry.resources.cpu: must be whole cores or millicores, in quotes, like `500m`",
    ),
    environment(
        "more cores than the limit",
        "registry: {resources: {cpu: 1500m}}",
        f"3:28: {E}.registry.resources.cpu: is more than `cpu_limit`",
        by_schema=False,
    ),
    environment(
        "too little memory",
        "tracking: {resources: {memory: 512Mi}}",
        f"3:28: {E}.tracking.resources.memory: is too little: must be at least 1Gi, or the server is killed while it starts",
        by_schema=False,
    ),
    environment(
        "a minute that is none",
        'database: {backups: {schedule: "61 1 * * *"}}',
        f"3:26: {E}.database.backups.schedule: must be five fields: minute, hour, day of month, month, day of week, like `23 1 * * *`",
        by_schema=False,
    ),
    environment(
        "a schedule of four fields",
        'registry: {garbage_collection: "1 * * *"}',
        f"3:16: {E}.registry.garbage_collection: must be five fields: minute, hour, day of month, month, day of week, like `23 1 * * *`",
    ),
    environment(
        "a bucket in capitals",
        "object_storage: {buckets: [{name: Data}]}",
        f"3:33: {E}.object_storage.buckets[0].name: must be an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, like `team-datasets`",
    ),
    environment(
        "a bucket like an address",
        "object_storage: {buckets: [{name: 10.0.0.1}]}",
        f"3:33: {E}.object_storage.buckets[0].name: must be an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, like `team-datasets`",
        by_schema=False,
    ),
    environment(
        "buckets of one name",
        """
        object_storage:
          buckets:
            - name: datasets
            - name: registry
            - name: datasets
            - name: root
        """,
        f"6:11: {E}.object_storage.buckets[1].name: is a name that the platform needs for itself",
        f"7:11: {E}.object_storage.buckets[2].name: is the name of another bucket in this list",
        f"8:11: {E}.object_storage.buckets[3].name: is a name that the platform needs for itself",
        by_schema=False,
    ),
    environment(
        "one external bucket for two uses",
        """
        object_storage:
          kind: external
          endpoint: https://s3.example.com
          tracking_bucket: ml
          registry_bucket: ml-all
          backup_bucket: ml-all
        """,
        f"6:7: {E}.object_storage.tracking_bucket: must be an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, like `team-datasets`",
    ),
    environment(
        "an endpoint without a scheme",
        "object_storage: {kind: external, endpoint: s3.example.com, tracking_bucket: aaa, registry_bucket: bbb, backup_bucket: ccc}",
        f"3:38: {E}.object_storage.endpoint: must be an http or https address without a path, like `https://s3.example.com`",
    ),
    environment(
        "a host with a scheme",
        "tracking: {hosts: [https://mlflow.example.com]}",
        f"3:24: {E}.tracking.hosts[0]: must be a DNS name without scheme, port or path, like `mlflow.example.com`",
    ),
    environment(
        "sign-in without a host to come back to",
        "tracking: {auth: {kind: oidc, issuer: https://a.example.com, client_id: ml, email_domains: [example.com]}}",
        f"3:23: {E}.tracking.auth.kind: needs `tracking.hosts`: the issuer sends people back to the first of them",
        by_schema=False,
    ),
    environment(
        "a host twice",
        "tracking: {hosts: [a.example.com, a.example.com]}",
        f"3:39: {E}.tracking.hosts[1]: is already in this list",
        by_schema=False,
    ),
    environment(
        "an issuer without TLS",
        "tracking: {auth: {kind: oidc, issuer: http://login.example.com, client_id: ml, email_domains: [example.com]}}",
        f"3:35: {E}.tracking.auth.issuer: must be an https address, like `https://login.example.com/realms/ml`",
    ),
    environment(
        "nobody may sign in",
        "tracking: {auth: {kind: oidc, issuer: https://login.example.com, client_id: ml, email_domains: []}}",
        f"3:85: {E}.tracking.auth.email_domains: must have at least 1 item",
    ),
    environment(
        "a private key among certificates",
        'registry: {auth: {kind: token, realm: https://t.example.com, service: a, issuer: b, root_certificates: "-----BEGIN CERTIFICATE-----\\nMII\\n-----END CERTIFICATE-----\\n-----BEGIN PRIVATE KEY-----\\nhunter2\\n"}}',
        f"3:89: {E}.registry.auth.root_certificates: must be one or more certificates in PEM, without any private key",
        by_schema=False,
    ),
    environment(
        "an unknown credential",
        "credential_generations: {tracking/admn: 2}",
        f"3:30: {E}.credential_generations.tracking/admn: is no credential of the platform; did you mean `tracking/admin`?",
        by_schema=False,
    ),
    environment(
        "generation zero",
        "credential_generations: {tracking/admin: 0}",
        f"3:30: {E}.credential_generations.tracking/admin: must be at least 1",
    ),
    environment(
        "a prefix too long for the namespaces",
        f"namespace_prefix: {'a' * 49}",
        f"3:5: {E}.namespace_prefix: must be at most 48 lower-case letters, digits and hyphens (a namespace is named by it), like `mlops`",
    ),
    environment(
        "a storage class in capitals",
        "storage_class: Fast",
        f"3:5: {E}.storage_class: must be the name of a StorageClass, like `fast-ssd`",
    ),
    BadFile(
        "a secret in clear",
        "config:\n  groundwork:root_secret: hunter2\n  groundwork:environment: {root_secret: {kind: config}}\n",
        ("2:3: groundwork:root_secret: must be encrypted: `pulumi config set --secret groundwork:root_secret`",),
    ),
    BadFile(
        "everything at once",
        textwrap.dedent(
            """\
            config:
              groundwork:rootsecret: {secure: v1:a:b}
              groundwork:environment:
                profile: huge
                objectstore: {}
                object_storage:
                  kind: versitty
                  volumme: 5Gi
                registry:
                  replicas: 0
                  resources:
                    memory: 32Mi
                tracking:
                  hosts: [http://a.b, 3]
                credential_generations:
                  tracking/admn: 2
            """
        ),
        (
            "2:3: groundwork:rootsecret: is not a key here; did you mean `groundwork:root_secret`?",
            f"4:5: {E}.profile: must be one of `small`, `medium` or `large`",
            f"5:5: {E}.objectstore: is not a key here; did you mean `object_storage`?",
            f"7:7: {E}.object_storage.kind: is no kind of object_storage; did you mean `versity`? kinds: versity, external, s3",
            f"8:7: {E}.object_storage.volumme: is not a key here; did you mean `volume`?",
            f"10:7: {E}.registry.replicas: must be at least 1",
            f"12:9: {E}.registry.resources.memory: is too little: must be at least 64Mi, or the server is killed while it starts",
            f"14:15: {E}.tracking.hosts[0]: must be a DNS name without scheme, port or path, like `mlflow.example.com`",
            f"14:27: {E}.tracking.hosts[1]: must be text, not a number: write it in quotes",
            f"16:7: {E}.credential_generations.tracking/admn: is no credential of the platform; did you mean `tracking/admin`?",
        ),
    ),
    environment(
        "an account in a region that is not there",
        """
        account: {kind: aws, id: "111122223333", region: eu-centrall-1}
        """,
        f"3:46: {E}.account.region: is no AWS region of the catalog; did you mean `eu-central-1`?",
        by_schema=False,
    ),
    environment(
        "zones that the region has not",
        """
        account: {kind: aws, id: "111122223333", region: ap-northeast-1}
        """,
        f"3:5: {E}.account.zones[1]: is no zone of ap-northeast-1; it has a, c, d",
        by_schema=False,
    ),
)
