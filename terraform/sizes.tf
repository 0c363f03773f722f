# How large the two functions are, and what Cloud Run would refuse.
variable "classify" {
  description = "Size of the event function. `cpu` and `memory_mib` follow Cloud Run's rules; `environment` is `gen1` or `gen2`; `settings` are variables of docs/settings.md."
  type = object({
    concurrency   = optional(number, 4)
    cpu           = optional(number, 1)
    environment   = optional(string, "gen1")
    max_instances = optional(number, 5)
    memory_mib    = optional(number, 512)
    min_instances = optional(number, 0)
    settings      = optional(map(string), {})
    timeout_s     = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["gen1", "gen2"], var.classify.environment)
    error_message = "classify.environment must be gen1 (starts sooner) or gen2."
  }

  validation {
    condition     = var.classify.cpu >= 0.08 && var.classify.cpu <= 1 || contains([2, 4, 6, 8], var.classify.cpu)
    error_message = "classify.cpu must be 0.08 to 1, or 2, 4, 6 or 8: Cloud Run refuses others."
  }

  validation {
    condition     = var.classify.concurrency >= 1 && var.classify.concurrency <= 1000 && (var.classify.concurrency == 1 || var.classify.cpu >= 1)
    error_message = "classify.concurrency must be 1 to 1000, and 1 where classify.cpu is below 1: raise cpu to 1 or lower concurrency to 1."
  }

  validation {
    condition     = var.classify.environment == "gen1" || var.classify.cpu >= 1
    error_message = "classify.cpu must be at least 1 in gen2: raise it, or set classify.environment to gen1."
  }

  validation {
    condition     = var.classify.memory_mib >= (var.classify.environment == "gen2" ? 512 : 256)
    error_message = "classify.memory_mib must be at least 256, and at least 512 in gen2: raise it, or set classify.environment to gen1."
  }

  validation {
    condition     = var.classify.memory_mib <= (var.classify.cpu < 0.5 ? 512 : var.classify.cpu < 1 ? 1024 : var.classify.cpu * 4096)
    error_message = "classify.memory_mib is more than Cloud Run gives to classify.cpu: at most 512 below 0.5 CPU, 1024 below 1, 4096 for each whole CPU."
  }

  validation {
    condition     = var.classify.memory_mib >= lookup({ 4 = 2048, 6 = 4096, 8 = 4096 }, var.classify.cpu, 0)
    error_message = "classify.memory_mib must be at least 2048 with 4 CPUs and 4096 with 6 or 8."
  }

  validation {
    condition     = var.classify.min_instances >= 0 && var.classify.max_instances >= 1 && var.classify.min_instances <= var.classify.max_instances
    error_message = "classify.min_instances must be 0 or more and at most classify.max_instances, which must be 1 or more."
  }

  validation {
    condition     = var.classify.timeout_s >= 1 && var.classify.timeout_s <= var.messaging.ack_deadline_s
    error_message = "classify.timeout_s must be 1 to messaging.ack_deadline_s: Pub/Sub sends a message again after its deadline, while the first delivery would still run."
  }

  validation {
    condition     = length(setintersection(keys(var.classify.settings), local.reserved_settings)) == 0
    error_message = "classify.settings must not hold what Terraform or Cloud Run sets: ${join(", ", local.reserved_settings)}."
  }
}

variable "lookup" {
  description = "Size of the lookup function. `cpu` and `memory_mib` follow Cloud Run's rules; `environment` is `gen1` or `gen2`; `settings` are variables of docs/settings.md."
  type = object({
    concurrency   = optional(number, 8)
    cpu           = optional(number, 1)
    environment   = optional(string, "gen1")
    max_instances = optional(number, 10)
    memory_mib    = optional(number, 512)
    min_instances = optional(number, 0)
    settings      = optional(map(string), {})
    timeout_s     = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["gen1", "gen2"], var.lookup.environment)
    error_message = "lookup.environment must be gen1 (starts sooner) or gen2."
  }

  validation {
    condition     = var.lookup.cpu >= 0.08 && var.lookup.cpu <= 1 || contains([2, 4, 6, 8], var.lookup.cpu)
    error_message = "lookup.cpu must be 0.08 to 1, or 2, 4, 6 or 8: Cloud Run refuses others."
  }

  validation {
    condition     = var.lookup.concurrency >= 1 && var.lookup.concurrency <= 1000 && (var.lookup.concurrency == 1 || var.lookup.cpu >= 1)
    error_message = "lookup.concurrency must be 1 to 1000, and 1 where lookup.cpu is below 1: raise cpu to 1 or lower concurrency to 1."
  }

  validation {
    condition     = var.lookup.environment == "gen1" || var.lookup.cpu >= 1
    error_message = "lookup.cpu must be at least 1 in gen2: raise it, or set lookup.environment to gen1."
  }

  validation {
    condition     = var.lookup.memory_mib >= (var.lookup.environment == "gen2" ? 512 : 256)
    error_message = "lookup.memory_mib must be at least 256, and at least 512 in gen2: raise it, or set lookup.environment to gen1."
  }

  validation {
    condition     = var.lookup.memory_mib <= (var.lookup.cpu < 0.5 ? 512 : var.lookup.cpu < 1 ? 1024 : var.lookup.cpu * 4096)
    error_message = "lookup.memory_mib is more than Cloud Run gives to lookup.cpu: at most 512 below 0.5 CPU, 1024 below 1, 4096 for each whole CPU."
  }

  validation {
    condition     = var.lookup.memory_mib >= lookup({ 4 = 2048, 6 = 4096, 8 = 4096 }, var.lookup.cpu, 0)
    error_message = "lookup.memory_mib must be at least 2048 with 4 CPUs and 4096 with 6 or 8."
  }

  validation {
    condition     = var.lookup.min_instances >= 0 && var.lookup.max_instances >= 1 && var.lookup.min_instances <= var.lookup.max_instances
    error_message = "lookup.min_instances must be 0 or more and at most lookup.max_instances, which must be 1 or more."
  }

  validation {
    condition     = var.lookup.timeout_s >= 1 && var.lookup.timeout_s <= 3600
    error_message = "lookup.timeout_s must be 1 to 3600: Cloud Run refuses more."
  }

  validation {
    condition     = length(setintersection(keys(var.lookup.settings), local.reserved_settings)) == 0
    error_message = "lookup.settings must not hold what Terraform or Cloud Run sets: ${join(", ", local.reserved_settings)}."
  }

  validation {
    condition     = contains(keys(var.lookup.settings), "AUTH_AUDIENCE") || !contains(keys(var.lookup.settings), "REVIEWERS")
    error_message = "lookup.settings has REVIEWERS and no AUTH_AUDIENCE: set it to what their ID tokens are for, such as the client id of the app."
  }
}
