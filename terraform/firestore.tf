resource "google_firestore_database" "this" {
  name        = var.firestore.database
  location_id = coalesce(var.firestore.location, var.region)
  type        = "FIRESTORE_NATIVE"

  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE"
  point_in_time_recovery_enablement = var.firestore.point_in_time_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"

  dynamic "cmek_config" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_service.api]
}

resource "google_project_iam_member" "function_uses_database" {
  for_each = local.functions

  member  = google_service_account.function[each.key].member
  project = var.project_id
  role    = "roles/datastore.user"

  condition {
    title      = "This database alone"
    expression = "resource.name == \"projects/${var.project_id}/databases/${google_firestore_database.this.name}\""
  }
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.firestore.backups ? 1 : 0

  database  = google_firestore_database.this.name
  retention = "604800s"

  daily_recurrence {}
}

resource "google_firestore_backup_schedule" "weekly" {
  count = var.firestore.backups ? 1 : 0

  database  = google_firestore_database.this.name
  retention = "8467200s" # 14 weeks, the most that Firestore keeps

  weekly_recurrence {
    day = "SUNDAY"
  }
}

# What only lookups brought, and what was rejected, goes by itself.
resource "google_firestore_field" "expiry" {
  for_each = toset(["ingredients", "rejected"])

  collection = each.key
  database   = google_firestore_database.this.name
  field      = "expireAt"

  # An index on a rising time would hold the collection to 500 writes a second.
  index_config {}
  ttl_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = {
    "ingredients.createdAt"   = "rises with each write"
    "ingredients.ids"         = "up to 100 entries a document, never asked for"
    "ingredients.submittedAt" = "rises with each write"
    "ingredients.updatedAt"   = "rises with each write"
    "rejected.payload"        = "up to 10 kB, never asked for"
    "rejected.rejectedAt"     = "rises with each write"
    "reviews.reviewedAt"      = "rises with each write"
  }

  collection = split(".", each.key)[0]
  database   = google_firestore_database.this.name
  field      = split(".", each.key)[1]

  index_config {}
}

# Clients reach the data through the functions, whose service accounts no rule holds back.
resource "google_firebaserules_ruleset" "deny" {
  source {
    files {
      name    = "firestore.rules"
      content = <<-RULES
        rules_version = '2';
        service cloud.firestore {
          match /databases/{database}/documents {
            match /{document=**} {
              allow read, write: if false;
            }
          }
        }
      RULES
    }
  }

  lifecycle {
    create_before_destroy = true # a ruleset that is released cannot be deleted
  }

  depends_on = [google_firestore_database.this]
}

resource "google_firebaserules_release" "deny" {
  name         = var.firestore.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.firestore.database}"
  ruleset_name = google_firebaserules_ruleset.deny.name
}
