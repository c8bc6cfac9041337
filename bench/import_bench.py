"""How fast AWS's offer files are read, and in how much memory. Prints; never asserts.

    python bench/import_bench.py [--megabytes 480] [--kind json|csv] [--kept 40]

Writes an offer of the asked size in AWS's own layout (products, then on-demand terms, then the
reserved terms that are most of EC2's file) and imports it in a process of its own, whose peak
memory the system counts. The everyday test does the same with 60 MB and does assert.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

MIB = 1024 * 1024
SHARE = 100
DATE = "2026-11-01"
#: The peak is asked for inside: what the system reports of a child can be its parent's.
IMPORT = """
import resource, sys
from pathlib import Path
from time import perf_counter
from frugal.price_list.intake import import_path
from frugal.price_list.lookup import SNAPSHOT
started = perf_counter()
import_path(Path(sys.argv[1]), Path(sys.argv[2]), below=SNAPSHOT)
seconds = perf_counter() - started
status = Path("/proc/self/status")
if status.exists():
    (line,) = (l for l in status.read_text().splitlines() if l.startswith("VmHWM:"))
    peak = int(line.split()[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, peak / 2**20)
"""


def sku(number: int) -> str:
    """A SKU looks like sixteen letters and digits in no order."""
    return f"{(number * 2654435761) % 2**32:08X}{number:08X}"


def product(number: int) -> str:
    name = sku(number)
    return f'''
    "{name}" : {{
      "sku" : "{name}",
      "productFamily" : "Compute Instance",
      "attributes" : {{
        "servicecode" : "AmazonEC2",
        "location" : "US East (N. Virginia)",
        "locationType" : "AWS Region",
        "instanceType" : "x{number}.large",
        "currentGeneration" : "Yes",
        "instanceFamily" : "General purpose",
        "vcpu" : "2",
        "physicalProcessor" : "A processor with a name of some length",
        "memory" : "8 GiB",
        "storage" : "EBS only",
        "networkPerformance" : "Up to 10 Gigabit",
        "tenancy" : "Shared",
        "operatingSystem" : "Linux",
        "licenseModel" : "No License required",
        "usagetype" : "BoxUsage:x{number}.large",
        "operation" : "RunInstances",
        "capacitystatus" : "Used",
        "preInstalledSw" : "NA",
        "regionCode" : "us-east-1",
        "servicename" : "Amazon Elastic Compute Cloud"
      }}
    }}'''


def term(number: int, code: str = "JRTCKXETXF", band: str = "6YS6EN2CT7") -> str:
    name = sku(number)
    return f'''
        "{name}.{code}" : {{
          "offerTermCode" : "{code}",
          "sku" : "{name}",
          "effectiveDate" : "2026-11-01T00:00:00Z",
          "priceDimensions" : {{
            "{name}.{code}.{band}" : {{
              "rateCode" : "{name}.{code}.{band}",
              "description" : "${number % 997 + 1}.0 per On Demand Linux x{number}.large Hour",
              "beginRange" : "0",
              "endRange" : "Inf",
              "unit" : "Hrs",
              "pricePerUnit" : {{
                "USD" : "{number % 997 + 1}.0000000000"
              }},
              "appliesTo" : [ ]
            }}
          }},
          "termAttributes" : {{ }}
        }}'''


def json_offer(count: int, reserved: int) -> Iterator[str]:
    """Yield an offer of ``count`` products with ``reserved`` reserved terms each."""
    yield """{
  "formatVersion" : "v1.0",
  "disclaimer" : "Written by a benchmark; no price of anything.",
  "offerCode" : "AmazonEC2",
  "version" : "20261101000000",
  "publicationDate" : "2026-11-01T00:00:00Z",
  "products" : {"""
    for number in range(count):
        yield ("," if number else "") + product(number)
    yield '\n  },\n  "terms" : {\n    "OnDemand" : {'
    for number in range(count):
        yield f'{"," if number else ""}\n      "{sku(number)}" : {{{term(number)}\n      }}'
    yield '\n    },\n    "Reserved" : {'
    for number in range(count if reserved else 0):
        terms = ",".join(term(number, f"{which:010d}") for which in range(reserved))
        yield f'{"," if number else ""}\n      "{sku(number)}" : {{{terms}\n      }}'
    yield '\n    }\n  },\n  "attributesList" : { }\n}\n'


def csv_offer(count: int, reserved: int) -> Iterator[str]:
    """Yield the same as CSV."""
    yield (
        '"FormatVersion","v1.0"\n"Disclaimer","Written by a benchmark"\n'
        '"Publication Date","2026-11-01T00:00:00Z"\n"Version","20261101000000"\n'
        '"OfferCode","AmazonEC2"\n"SKU","OfferTermCode","RateCode","TermType","PriceDescription",'
        '"EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency",'
        '"Product Family","serviceCode","Location","Location Type","usageType","operation",'
        '"Region Code","serviceName"\n'
    )
    for number in range(count):
        for which in range(reserved + 1):
            code = f"{which:010d}" if which else "JRTCKXETXF"
            yield (
                f'"{sku(number)}","{code}","{sku(number)}.{code}.6YS6EN2CT7","OnDemand",'
                f'"{number % 997 + 1} per hour of a box","2026-11-01","0","Inf","Hrs",'
                f'"{number % 997 + 1}.0000000000","USD","Compute Instance","AmazonEC2",'
                f'"US East (N. Virginia)","AWS Region","BoxUsage:x{number}.large",'
                '"RunInstances","us-east-1","Amazon Elastic Compute Cloud"\n'
            )


def write_offer(path: Path, megabytes: int, kind: str, kept: int) -> int:
    """Write an offer of about that size; ``kept``: percent of it that is not reserved terms.

    Returns:
        How many products it has.
    """
    offer = json_offer if kind == "json" else csv_offer
    whole = len("".join(offer(100, 0))) // 100  # of one product and its on-demand term
    one = len("".join(offer(100, 1))) // 100 - whole
    reserved = round(whole * (SHARE - kept) / kept / one)
    count = megabytes * MIB // (whole + reserved * one)
    with path.open("w", encoding="utf-8") as file:
        for piece in offer(count, reserved):
            file.write(piece)
    return count


def measure(path: Path, target: Path) -> tuple[float, float]:
    """Import ``path`` in a process of its own and return (seconds, peak MiB)."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(path), str(target)], stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(f"the import ended with exit code {done.returncode}")
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def main() -> None:
    """Print one line per kind of file."""
    parser = argparse.ArgumentParser(description="Measure the import of one large offer file.")
    parser.add_argument("--megabytes", type=int, default=480)
    parser.add_argument("--kind", choices=("json", "csv"), action="append")
    parser.add_argument("--kept", type=int, default=40, help="percent that is not reserved terms")
    asked = parser.parse_args()
    for kind in asked.kind or ("json", "csv"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"offer.{kind}"
            products = write_offer(path, asked.megabytes, kind, asked.kept)
            size = path.stat().st_size / MIB
            seconds, peak = measure(path, Path(folder) / "prices.bin")
            print(
                f"import of {size:.0f} MiB of {kind}, {products} products: {seconds:.1f} s, "
                f"{size / seconds:.0f} MiB/s, peak {peak:.0f} MiB   (bounds: >= 20, <= 100)",
                flush=True,
            )


if __name__ == "__main__":
    main()
