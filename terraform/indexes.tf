# The indexes that `ingredients:list` needs: the list is derived from the queries, and a test keeps it true.
locals {
  indexes = { for index in jsondecode(file("${path.module}/../shared/store/indexes.json")).indexes :
    join(",", concat([index.collectionGroup], [for field in index.fields : field.fieldPath])) => index
  }
}

resource "google_firestore_index" "query" {
  for_each = local.indexes

  collection  = each.value.collectionGroup
  database    = google_firestore_database.this.name
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      array_config = lookup(fields.value, "arrayConfig", null)
      field_path   = fields.value.fieldPath
      order        = lookup(fields.value, "order", null)
    }
  }
}
