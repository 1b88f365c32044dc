"""What published dashboards, alert rules and routers ask of a vLLM server, as names of series with the labels by which
they select and group. The dashboards themselves are not here; each entry says where it was read.
"""

from __future__ import annotations

import re
from typing import Final

# By the file that asks, at the commit that was read. A trailing * stands for _bucket, _sum and _count.
SOURCES: Final = {
    "vllm-project/vllm@4b5c627 examples/observability/prometheus_grafana/grafana.json": """
        vllm:e2e_request_latency_seconds* vllm:inter_token_latency_seconds* vllm:time_to_first_token_seconds*
        vllm:request_queue_time_seconds_sum vllm:request_prefill_time_seconds_sum vllm:request_decode_time_seconds_sum
        vllm:request_max_num_generation_tokens_sum vllm:request_prompt_tokens_bucket
        vllm:request_generation_tokens_bucket vllm:prompt_tokens_total vllm:generation_tokens_total
        vllm:num_requests_running vllm:num_requests_waiting vllm:kv_cache_usage_perc
        vllm:request_success_total{finished_reason}
    """,
    "vllm-project/vllm@5961e8d examples/observability/dashboards/grafana/performance_statistics.json": """
        vllm:e2e_request_latency_seconds* vllm:time_to_first_token_seconds* vllm:inter_token_latency_seconds*
        vllm:generation_tokens_total vllm:prompt_tokens_total vllm:iteration_tokens_total_count
    """,
    "vllm-project/vllm@030ea52 examples/observability/dashboards/grafana/query_statistics.json": """
        vllm:request_success_total vllm:e2e_request_latency_seconds_bucket vllm:request_prompt_tokens_bucket
        vllm:prompt_tokens_total vllm:generation_tokens_total
    """,
    "vllm-project/vllm@0b9faa4 examples/observability/dashboards/grafana/vllm_overview.json": """
        vllm:request_success_total{finished_reason=error} vllm:prompt_tokens_total vllm:generation_tokens_total
        http_requests_total{status=5xx,handler} http_request_duration_seconds_sum{handler}
        http_request_duration_seconds_count{handler} vllm:num_requests_running vllm:num_requests_waiting
        vllm:kv_cache_usage_perc vllm:num_preemptions_total vllm:prefix_cache_hits_total vllm:prefix_cache_queries_total
        vllm:time_to_first_token_seconds* vllm:time_to_first_token_seconds_bucket{le=1.0}
        vllm:inter_token_latency_seconds* vllm:request_time_per_output_token_seconds*
        vllm:request_time_per_output_token_seconds_bucket{le=0.1} vllm:e2e_request_latency_seconds*
        vllm:request_queue_time_seconds* vllm:request_prefill_time_seconds* vllm:request_decode_time_seconds*
        vllm:num_requests_waiting_by_reason{reason=capacity} vllm:num_requests_waiting_by_reason{reason=deferred}
        vllm:iteration_tokens_total* vllm:external_prefix_cache_hits_total vllm:external_prefix_cache_queries_total
        vllm:mm_cache_hits_total vllm:mm_cache_queries_total vllm:prompt_tokens_by_source_total{source=local_compute}
        vllm:prompt_tokens_by_source_total{source=local_cache_hit}
        vllm:prompt_tokens_by_source_total{source=external_kv_transfer}
        vllm:request_prompt_tokens* vllm:request_generation_tokens*
    """,
    "vllm-project/vllm@0b9faa4 examples/observability/dashboards/grafana/vllm_instances.json": """
        vllm:num_requests_running vllm:num_requests_waiting vllm:kv_cache_usage_perc vllm:request_success_total
        vllm:prompt_tokens_total vllm:generation_tokens_total vllm:time_to_first_token_seconds_bucket
        vllm:inter_token_latency_seconds_bucket vllm:e2e_request_latency_seconds_bucket vllm:num_preemptions_total
        vllm:request_queue_time_seconds* vllm:iteration_tokens_total* vllm:num_requests_waiting_by_reason{reason}
        vllm:prefix_cache_hits_total vllm:prefix_cache_queries_total process_start_time_seconds
        process_cpu_seconds_total process_resident_memory_bytes process_open_fds process_max_fds
        vllm:cache_config_info{block_size,num_gpu_blocks,cache_dtype} vllm:engine_sleep_state{sleep_state=awake}
        vllm:engine_sleep_state{sleep_state=discard_all} vllm:lora_requests_info
        vllm:sleep_mode_operation_duration_seconds* vllm:rl_weight_update_operation_duration_seconds*
        vllm:estimated_flops_per_gpu_total vllm:estimated_read_bytes_per_gpu_total
        vllm:estimated_write_bytes_per_gpu_total
    """,
    "vllm-project/vllm@5836216 examples/observability/dashboards/grafana/vllm_kv_cache.json": """
        vllm:kv_cache_usage_perc vllm:prefix_cache_hits_total vllm:prefix_cache_queries_total
        vllm:prompt_tokens_cached_total vllm:prompt_tokens_total vllm:num_preemptions_total vllm:num_requests_running
        vllm:num_requests_waiting_by_reason{reason=capacity} vllm:num_requests_waiting_by_reason{reason=deferred}
        vllm:prompt_tokens_by_source_total{source} vllm:prompt_tokens_cached_by_source_total{source}
        vllm:request_prompt_tokens* vllm:request_prefill_kv_computed_tokens*
        vllm:external_prefix_cache_hits_total vllm:external_prefix_cache_queries_total vllm:mm_cache_hits_total
        vllm:mm_cache_queries_total vllm:kv_block_lifetime_seconds* vllm:kv_block_idle_before_evict_seconds*
        vllm:kv_block_reuse_gap_seconds* vllm:num_requests_kv_fetch_by_stage vllm:nixl_xfer_time_seconds*
        vllm:nixl_bytes_transferred* vllm:nixl_post_time_seconds* vllm:nixl_num_descriptors*
        vllm:nixl_num_failed_transfers_total vllm:nixl_num_failed_notifications_total
        vllm:nixl_num_kv_expired_reqs_total vllm:nixl_num_notifications_after_expiry_total
        vllm:kv_offload_load_bytes_total vllm:kv_offload_store_bytes_total vllm:kv_offload_load_time_total
        vllm:kv_offload_store_time_total vllm:kv_offload_load_size* vllm:kv_offload_store_size*
        vllm:kv_offload_lookup_sync_delay_seconds_bucket vllm:kv_offload_lookup_async_delay_seconds_bucket
        vllm:kv_offload_cpu_cache_usage_perc vllm:kv_offload_cpu_cache_write_usage_perc
        vllm:kv_offload_cpu_cache_read_usage_perc vllm:kv_offload_allocation_failure_total
        vllm:kv_offload_stores_skipped_total vllm:simple_kv_offload_save_outcomes_total
        vllm:simple_kv_offload_load_blocks_total vllm:simple_kv_offload_used_blocks
        vllm:simple_kv_offload_pending_store_blocks
    """,
    "vllm-project/vllm@712d754 examples/observability/dashboards/grafana/vllm_service_status.json": """
        vllm:engine_sleep_state{sleep_state=awake} vllm:time_to_first_token_seconds_bucket vllm:num_requests_running
        vllm:generation_tokens_total vllm:request_success_total{finished_reason=error}
    """,
    "vllm-project/vllm@8aed4e5 examples/observability/dashboards/grafana/vllm_speculative_decoding.json": """
        vllm:spec_decode_num_accepted_tokens_total vllm:spec_decode_num_draft_tokens_total
        vllm:spec_decode_num_drafts_total vllm:spec_decode_num_accepted_tokens_per_pos_total
        vllm:generation_tokens_total vllm:inter_token_latency_seconds*
    """,
    "vllm-project/vllm@3bc3848 examples/online_serving/dashboards/perses/query_statistics.yaml": """
        vllm:num_requests_running vllm:num_requests_waiting vllm:kv_cache_usage_perc vllm:request_success_total
        vllm:e2e_request_latency_seconds_bucket vllm:prompt_tokens_total vllm:generation_tokens_total
    """,
    "vllm-project/vllm@cf6f12c examples/online_serving/prometheus_grafana/k8s-monitoring, dashboard and rules": """
        vllm:num_requests_running vllm:num_requests_waiting vllm:request_success_total{finished_reason}
        vllm:generation_tokens_total vllm:prompt_tokens_total vllm:kv_cache_usage_perc vllm:gpu_cache_usage_perc
        vllm:e2e_request_latency_seconds* vllm:e2e_request_latency_seconds_bucket{le=120.0}
        vllm:time_to_first_token_seconds* vllm:inter_token_latency_seconds* vllm:request_queue_time_seconds_bucket
        vllm:request_prefill_time_seconds_bucket vllm:request_decode_time_seconds_bucket
        vllm:request_prompt_tokens_bucket vllm:request_generation_tokens_bucket vllm:num_preemptions_total
        vllm:iteration_tokens_total_bucket
    """,
    "vllm-project/vllm@e88892c examples/online_serving/prometheus_grafana/grafana.json, for older ones": """
        vllm:time_per_output_token_seconds* vllm:gpu_cache_usage_perc vllm:cpu_cache_usage_perc
        vllm:num_requests_swapped
    """,
    "llm-d/llm-d-router@08cbacc pkg/epp/framework/plugins/datalayer/extractor/metrics/factories.go": """
        vllm:num_requests_waiting vllm:num_requests_running vllm:kv_cache_usage_perc
        vllm:cache_config_info{block_size,num_gpu_blocks} vllm:lora_requests_info vllm:lora_adapter_loaded
        vllm:num_gpu_loaded_lora_adapters vllm:max_gpu_lora_adapters
    """,
    "kubernetes-sigs/gateway-api-inference-extension@2b934d0 docs/proposals/003-model-server-protocol/README.md": """
        vllm:num_requests_waiting vllm:gpu_cache_usage_perc vllm:lora_requests_info
    """,
    "llm-d/llm-d@f8e8378 guides/recipes/observability/grafana/dashboards/llm-d-performance-kv-cache.json": """
        vllm:time_to_first_token_seconds_bucket vllm:inter_token_latency_seconds_bucket vllm:prefix_cache_hits_total
        vllm:prefix_cache_queries_total vllm:kv_cache_usage_perc vllm:request_success_total
        vllm:e2e_request_latency_seconds_count vllm:num_requests_running vllm:num_requests_waiting
        vllm:external_prefix_cache_hits_total vllm:external_prefix_cache_queries_total
        vllm:kv_offload_store_bytes_total vllm:kv_offload_load_bytes_total vllm:kv_offload_load_time_total
        vllm:kv_offload_allocation_failure_total
    """,
}

# What has no meaning here, by the feature of vLLM that it belongs to; docs/metrics.md says the same. vLLM itself shows
# none of these unless the feature is on, and no longer what stood for swapping.
WITHOUT: Final = {
    "LoRA adapters": r"vllm:(lora_|num_gpu_loaded_lora_|max_gpu_lora_)\w+",
    "KV connectors and offloading": r"vllm:(nixl_|kv_offload_|simple_kv_offload_|num_requests_kv_fetch_)\w+",
    "sampled lives of KV blocks": r"vllm:kv_block_\w+",
    "estimated FLOPs and traffic": r"vllm:estimated_\w+_per_gpu_total",
    "sleep mode and weight updates": r"vllm:(sleep_mode_|rl_weight_update_)\w+",
    "swapping to the CPU's memory": r"vllm:(num_requests_swapped|cpu_cache_usage_perc)",
}


def asked() -> list[tuple[str, dict[str, str]]]:
    """Every series that some source asks for, once: name, and labels with the value asked for or ""."""
    found = {}
    for text in SOURCES.values():
        for name, star, labels in re.findall(r"([\w:]+)(\*?)(?:\{(.*?)\})?(?=\s)", text):
            wanted = {each.partition("=")[0]: each.partition("=")[2] for each in labels.split(",") if each}
            for end in ("_bucket", "_sum", "_count") if star else ("",):
                key = (name + end, tuple(sorted(wanted.items())))
                found[key] = (name + end, wanted)
    return list(found.values())


def belongs_to(name: str) -> str | None:
    """The feature in WITHOUT that a name belongs to."""
    return next((feature for feature, pattern in WITHOUT.items() if re.fullmatch(pattern, name)), None)
