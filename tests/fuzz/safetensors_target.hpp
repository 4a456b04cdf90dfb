#pragma once

// What has to hold for any bytes that are given as a model.

#include <models/io/model_file.hpp>
#include <models/io/safetensors.hpp>

#include "csv_target.hpp"

namespace fuzz {

/// Any bytes are a table or refused.
inline void fuzz_table(std::string_view bytes) {
  models::table_options options;
  options.max_cells = 1 << 16;
  for (auto missing :
       {models::missing_policy::error, models::missing_policy::drop}) {
    options.missing = missing;
    try {
      auto t = models::read_tensor_table(bytes, options);
      require(t.rows + t.report.rows_dropped == t.report.rows_read,
              "rows lost");
      for (auto x : t.values)
        require(std::isfinite(x), "a value that is not finite");
    } catch (const models::data_error&) {
    }
  }
}

inline void fuzz_safetensors(std::span<const uint8_t> input) {
  auto bytes = text_of(input);
  fuzz_table(bytes);
  try {
    auto file = models::read_safetensors(bytes);
    auto written =
      models::write_safetensors(models::views_of(file.tensors), file.metadata);
    auto again = models::read_safetensors(written);
    require(again.tensors == file.tensors && again.metadata == file.metadata,
            "lost on the way");
    require(models::weights_sha256(again.tensors)
              == models::weights_sha256(file.tensors),
            "another hash");
    auto model = models::read_model(bytes, "");
    models::read_model(models::write_model(model), model.kind);
    models::mlp_params_from_json(model.params);
    models::pipeline_from_json(model.pipeline);
  } catch (const models::data_error&) {
  }
}

} // namespace fuzz
