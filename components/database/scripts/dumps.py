"""Takes dumps to the backup bucket (`dumps.py upload`) and back (`dumps.py fetch`). The environment says which."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

DUMPS = Path("/dumps")
PREFIX = "database"


def upload(s3: Any, bucket: str) -> None:
    """Stores each dump and deletes the oldest beyond `KEEP`."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for name in os.environ["CONSUMERS"].split():
        key = f"{PREFIX}/{name}/{now}.dump"
        s3.upload_file(str(DUMPS / f"{name}.dump"), bucket, key)
        print(f"stored {key}", flush=True)
        for old in stored(s3, bucket, name)[int(os.environ["KEEP"]) :]:
            s3.delete_object(Bucket=bucket, Key=old["key"])
            print(f"deleted {old['key']}", flush=True)


def fetch(s3: Any, bucket: str) -> None:
    """Lists the dumps of `DATABASE`, or brings `DUMP` (a key, or `latest`) for the restore."""
    name, wanted = os.environ["DATABASE"], os.environ["DUMP"]
    if name not in os.environ["CONSUMERS"].split():
        sys.exit(f"there is no database {name!r}; there are: {os.environ['CONSUMERS']}")
    dumps = stored(s3, bucket, name)
    if os.environ["ACTION"] == "list":
        print(json.dumps(dumps))
        return
    keys = [dump["key"] for dump in dumps]
    if not keys:
        sys.exit(f"no dump of {name} is stored yet")
    key = keys[0] if wanted == "latest" else wanted
    if key not in keys:
        sys.exit(f"there is no dump {wanted!r} of {name}; the latest is {keys[0]}")
    s3.download_file(bucket, key, str(DUMPS / f"{name}.dump"))
    (DUMPS / "key").write_text(key, encoding="utf-8")
    print(f"fetched {key}", flush=True)


def stored(s3: Any, bucket: str, name: str) -> list[dict[str, Any]]:
    """The dumps of one database, newest first. Their keys end in the time they were taken."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}/{name}/")
    found = [{"key": item["Key"], "bytes": item["Size"]} for page in pages for item in page.get("Contents", ())]
    return sorted(found, key=lambda dump: dump["key"], reverse=True)


if __name__ == "__main__":
    {"upload": upload, "fetch": fetch}[sys.argv[1]](boto3.client("s3"), os.environ["BUCKET"])
