#pragma once

#include <roles/core/error.hpp>

#include <caf/all.hpp>

#include <cstdint>
#include <string>

/// What a compute worker understands. These cross process borders, so no
/// floating point: numbers travel as their bytes, bulk data in shared segments.
namespace roles {

/// Work on the training in this segment (offered before) until it is over or
/// `leave_order` comes; answered then by `work_report`. A later order for
/// another segment replaces it.
struct work_order {
  uint64_t segment = 0;
  uint32_t owner = 0; ///< 1..255, of this worker's claims in the run
};

struct leave_order {
  uint64_t segment = 0;
};

struct work_report {
  uint64_t segment = 0;
  uint64_t tasks = 0; ///< computed by this worker
};

/// Keep this model for `infer_order`. The segment (offered before) starts with
/// the model's file.
struct load_order {
  std::string model; ///< SHA-256 of its file
  uint64_t segment = 0;
  uint64_t bytes = 0;
};

/// What a model says to some rows, see `models::predictor`; `need_model` if it
/// is not loaded.
struct infer_order {
  std::string model;
  uint32_t rows = 0;
  std::string features; ///< rows x inputs, little-endian float32, row-major
};

struct infer_report {
  uint32_t outputs = 0;
  std::string values; ///< rows x outputs, little-endian float32
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_order& x) {
  return f(caf::meta::type_name("work_order"), x.segment, x.owner);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leave_order& x) {
  return f(caf::meta::type_name("leave_order"), x.segment);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_report& x) {
  return f(caf::meta::type_name("work_report"), x.segment, x.tasks);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, load_order& x) {
  return f(caf::meta::type_name("load_order"), x.model, x.segment, x.bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, infer_order& x) {
  return f(caf::meta::type_name("infer_order"), x.model, x.rows, x.features);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, infer_report& x) {
  return f(caf::meta::type_name("infer_report"), x.outputs, x.values);
}

/// Rows of features that one `infer_order` carries at most: 1 MiB of them.
constexpr uint32_t max_infer_rows(uint32_t inputs) {
  auto rows = (1u << 20) / (4 * (inputs > 0 ? inputs : 1));
  return rows > 0 ? rows : 1;
}

/// Lets the messages above travel between processes.
void add_compute_types(caf::actor_system_config& cfg);

} // namespace roles

CAF_BEGIN_TYPE_ID_BLOCK(lepton_compute, first_custom_type_id + 200)
CAF_ADD_TYPE_ID(lepton_compute, (roles::work_order))
CAF_ADD_TYPE_ID(lepton_compute, (roles::leave_order))
CAF_ADD_TYPE_ID(lepton_compute, (roles::work_report))
CAF_ADD_TYPE_ID(lepton_compute, (roles::load_order))
CAF_ADD_TYPE_ID(lepton_compute, (roles::infer_order))
CAF_ADD_TYPE_ID(lepton_compute, (roles::infer_report))
CAF_END_TYPE_ID_BLOCK(lepton_compute)
