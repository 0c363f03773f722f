#!/usr/bin/env bash
# Readies a Google Cloud project for Terraform, once: a versioned bucket for its state, and Google's own accounts that grants will name.
# Running it again changes nothing.
#
#   terraform/bootstrap.sh PROJECT REGION
#
# It needs gcloud, signed in (`gcloud auth login` and `gcloud auth application-default login`), and Terraform. Where there is no
# terraform/terraform.auto.tfvars.json yet, it writes one in which only you may look names up and only you hear of alerts.
set -euo pipefail

fail() {
  echo "Error: $*" >&2
  exit 1
}

[ $# -eq 2 ] || fail "say the project and the region, such as: terraform/bootstrap.sh my-project europe-west1"
project="$1"
region="$2"
here="$(cd "$(dirname "$0")" && pwd)"
bucket="$(printf '%s' "$project" | tr ':.' '--')-terraform-state"

for program in gcloud terraform; do
  command -v "$program" > /dev/null || fail "there is no $program on the PATH: install it first."
done
account="$(gcloud config get-value account 2> /dev/null)"
[ -n "$account" ] || fail "nobody is signed in: run gcloud auth login."
gcloud auth application-default print-access-token > /dev/null 2>&1 ||
  fail "Terraform has no credentials: run gcloud auth application-default login."
billing="$(gcloud billing projects describe "$project" --format='value(billingEnabled)')" ||
  fail "$project cannot be read: is it the project's id, and may $account see it?"
[ "$billing" = True ] || fail "$project has no billing account: link one (gcloud billing projects link $project --billing-account=…)."

echo "== APIs"
# Those of the first plan, and of the accounts below. Terraform enables the others; until then a call that this project is to be counted
# for is refused.
gcloud services enable --project="$project" \
  artifactregistry.googleapis.com cloudresourcemanager.googleapis.com firestore.googleapis.com monitoring.googleapis.com \
  pubsub.googleapis.com run.googleapis.com serviceusage.googleapis.com storage.googleapis.com

echo "== Google's own accounts"
# In a new project they are made at first use, and a grant to an account that is not there yet fails.
for api in artifactregistry firestore monitoring pubsub run; do
  gcloud beta services identity create --project="$project" --service="$api.googleapis.com" > /dev/null
done
gcloud storage service-agent --project="$project" > /dev/null

echo "== State: gs://$bucket"
if ! gcloud storage buckets describe "gs://$bucket" --format='value(name)' > /dev/null 2>&1; then
  gcloud storage buckets create "gs://$bucket" --project="$project" --location="$region" \
    --uniform-bucket-level-access --public-access-prevention
fi
# A state that was overwritten can be fetched again.
gcloud storage buckets update "gs://$bucket" --versioning > /dev/null

settings="$here/terraform.auto.tfvars.json"
if [ ! -e "$settings" ]; then
  case "$account" in
    *.gserviceaccount.com) member="serviceAccount:$account" ;;
    *) member="user:$account" ;;
  esac
  cat > "$settings" << JSON
{
  "project_id": "$project",
  "region": "$region",
  "invokers": ["$member"],
  "publishers": ["$member"],
  "operations": { "emails": ["$account"] }
}
JSON
  echo "== Settings: $settings"
fi

terraform -chdir="$here" init -input=false -backend-config="bucket=$bucket"
