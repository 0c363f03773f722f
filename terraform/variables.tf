variable "deletion_protection" {
  description = "Whether Terraform and Google Cloud refuse to delete the functions and the database. Set it to false and apply before `terraform destroy`."
  type        = bool
  default     = true
  nullable    = false
}

variable "firestore" {
  description = "The database. `location` is the function's region where it is not set, and can never be changed; `backups` are daily ones for 7 days and weekly ones for 14 weeks; `point_in_time_recovery` keeps 7 days of versions."
  type = object({
    backups                = optional(bool, true)
    database               = optional(string, "(default)")
    location               = optional(string)
    point_in_time_recovery = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(local.firestore_locations, coalesce(var.firestore.location, var.region))
    error_message = "Firestore has no location ${coalesce(var.firestore.location, var.region)}: set firestore.location to one of ${join(", ", local.firestore_locations)}."
  }

  validation {
    condition     = can(regex("^\\(default\\)$|^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore.database))
    error_message = "firestore.database must be \"(default)\" or 4 to 63 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "github" {
  description = "The repository `owner/name` whose workflow deploys from main, without keys, once the reviewers of its environment `production` approve; `state_bucket` is the bucket of bootstrap.sh. Null: no workflow may."
  type = object({
    repository   = string
    state_bucket = string
  })
  default = null

  validation {
    condition     = var.github == null ? true : can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.repository must be owner/name, such as \"example/ingredient-classifier\": with less, another repository could deploy."
  }
}

variable "ingress" {
  description = "Where lookups may come from: `all`, `internal`, or `internal-and-load-balancer`. Events come from Pub/Sub alone, always."
  type        = string
  default     = "all"
  nullable    = false

  validation {
    condition     = contains(keys(local.ingress), var.ingress)
    error_message = "ingress must be one of ${join(", ", keys(local.ingress))}."
  }
}

variable "invokers" {
  description = "Who may look names up, as IAM members such as `user:ada@example.com` or `serviceAccount:app@my-project.iam.gserviceaccount.com`."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.public || length(var.invokers) > 0
    error_message = "Nobody could call the lookup: name who may in invokers (such as [\"user:ada@example.com\"]), or set public = true."
  }

  validation {
    condition     = length(setintersection(var.invokers, ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "invokers must name members: to open the lookup to everybody, set public = true."
  }

  validation {
    condition     = alltrue([for member in setsubtract(var.invokers, ["allUsers", "allAuthenticatedUsers"]) : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):.+", member))])
    error_message = "Each of invokers must be an IAM member with its kind in front, such as user:ada@example.com."
  }
}

variable "kms_key" {
  description = "Cloud KMS key `projects/…/locations/…/keyRings/…/cryptoKeys/…`, in the region, that encrypts what is stored. Null: Google's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || coalesce(var.firestore.location, var.region) == var.region
    error_message = "firestore.location must be ${var.region}, the region, where kms_key is set: Firestore too takes only a key of its own location."
  }

  validation {
    condition     = var.kms_key == null ? true : can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be projects/PROJECT/locations/${var.region}/keyRings/RING/cryptoKeys/KEY: services take only a key of their own region."
  }
}

variable "labels" {
  description = "Labels on all that takes some, besides `app`."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "messaging" {
  description = "How events are delivered. With the defaults a message is tried for some 15 hours before it goes to the dead letters."
  type = object({
    ack_deadline_s        = optional(number, 60)
    max_delivery_attempts = optional(number, 100)
    maximum_backoff_s     = optional(number, 600)
    minimum_backoff_s     = optional(number, 10)
    retention_days        = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.messaging.ack_deadline_s >= 10 && var.messaging.ack_deadline_s <= 600
    error_message = "messaging.ack_deadline_s must be 10 to 600: Pub/Sub refuses others."
  }

  validation {
    condition     = var.messaging.max_delivery_attempts >= 5 && var.messaging.max_delivery_attempts <= 100
    error_message = "messaging.max_delivery_attempts must be 5 to 100: Pub/Sub refuses others."
  }

  validation {
    condition     = var.messaging.minimum_backoff_s >= 1 && var.messaging.minimum_backoff_s <= var.messaging.maximum_backoff_s && var.messaging.maximum_backoff_s <= 600
    error_message = "messaging.minimum_backoff_s must be 1 or more and at most maximum_backoff_s, which must be at most 600: Pub/Sub refuses others."
  }

  validation {
    # Pub/Sub doubles the wait from the least to the longest, and then waits the longest. The doublings are not counted.
    condition     = (var.messaging.max_delivery_attempts - 1 - ceil(log(var.messaging.maximum_backoff_s / var.messaging.minimum_backoff_s, 2))) * var.messaging.maximum_backoff_s >= 12 * 3600
    error_message = "An outage of 12 hours would send good messages to the dead letters: raise messaging.max_delivery_attempts (to 100) or messaging.maximum_backoff_s (to 600)."
  }

  validation {
    condition     = var.messaging.retention_days >= 1 && var.messaging.retention_days <= 31
    error_message = "messaging.retention_days must be 1 to 31: Pub/Sub keeps a message no longer, and the retries need most of a day."
  }
}

variable "operations" {
  description = "Alerts and what they measure. `emails` are told; `budget` is a monthly amount in whole units of the billing account's currency; `billing_account` is needed for it."
  type = object({
    alerts              = optional(bool, true)
    availability        = optional(number, 0.995)
    billing_account     = optional(string)
    budget              = optional(number)
    emails              = optional(set(string), [])
    latency_ms          = optional(number, 1000)
    latency_share       = optional(number, 0.95)
    p99_ms              = optional(number, 3000)
    unacknowledged_s    = optional(number, 3600)
    uptime_check_period = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.operations.budget == null || var.operations.billing_account != null
    error_message = "operations.budget needs operations.billing_account: `gcloud billing projects describe ${var.project_id}` prints it."
  }

  validation {
    condition     = var.operations.budget == null ? true : var.operations.budget >= 1 && floor(var.operations.budget) == var.operations.budget
    error_message = "operations.budget must be a whole number, 1 or more: with 0 the first cent would be over it."
  }

  validation {
    condition     = !var.operations.alerts || length(var.operations.emails) > 0
    error_message = "Nobody would hear of an alert: name who should in operations.emails, or set operations.alerts = false."
  }

  validation {
    condition     = var.operations.availability > 0.9 && var.operations.availability < 1 && var.operations.latency_share > 0.5 && var.operations.latency_share < 1
    error_message = "operations.availability must lie between 0.9 and 1, and operations.latency_share between 0.5 and 1: a goal of 1 leaves no budget to burn."
  }

  validation {
    condition     = contains([60, 300, 600, 900], var.operations.uptime_check_period)
    error_message = "operations.uptime_check_period must be 60, 300, 600 or 900 seconds: Cloud Monitoring refuses others."
  }
}

variable "package" {
  description = "The zip that `npm run package` makes. Null: dist/function.zip of this repository."
  type        = string
  default     = null

  validation {
    condition     = fileexists(coalesce(var.package, "${path.module}/../dist/function.zip"))
    error_message = "There is no ${coalesce(var.package, "dist/function.zip")}: run `npm ci && npm run package`, or set package to the zip that it made."
  }
}

variable "project_id" {
  description = "The Google Cloud project, with billing enabled."
  type        = string

  validation {
    condition     = can(regex("^(?:[a-z0-9-]+(?:\\.[a-z0-9-]+)+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the id of a project, such as my-project-123: not its name or number."
  }
}

variable "public" {
  description = "Whether anybody may look names up, without signing in."
  type        = bool
  default     = false
  nullable    = false
}

variable "publishers" {
  description = "Who may publish new ingredients, as IAM members."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.publishers : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):.+", member))])
    error_message = "Each of publishers must be an IAM member with its kind in front, such as serviceAccount:app@my-project.iam.gserviceaccount.com."
  }
}

variable "region" {
  description = "Where the functions run, such as `europe-west1`."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region of Cloud Run, such as europe-west1: not a zone, not a multi-region."
  }
}

variable "runtime" {
  description = "The Node.js runtime that the image is built on."
  type        = string
  default     = "nodejs22"
  nullable    = false

  validation {
    condition     = can(regex("^nodejs(20|22|24)$", var.runtime))
    error_message = "runtime must be nodejs20, nodejs22 or nodejs24."
  }
}
