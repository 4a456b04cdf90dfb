#pragma once

#include <actors/supervision/policy.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// What a node knows and believes of another one. Plain data without CAF.
namespace actors {

/// How well a member of the cluster is, from best to worst.
enum class node_state : uint8_t {
  alive,       ///< heard of in time
  suspect,     ///< late by this observer's reckoning; others are being asked
  quarantined, ///< unreachable for somebody, or ailing: gets no new work
  dead,        ///< agreed; final for this incarnation
  left,        ///< went in good order
};

std::string to_string(node_state x);

/// Why a node is not simply alive.
enum class evidence_kind : uint8_t {
  silent,      ///< no heartbeat for `value` s; `limit` s were allowed
  link_lost,   ///< the transport lost its connection: a hint, no proof
  unreachable, ///< `value` of `limit` askable nodes did not reach it either
  reached_by_other, ///< `detail` reached it: only our own way is broken
  agreed,           ///< declared so by `detail`
  alone,            ///< we hear nobody at all: the verdict is provisional
  queue_growth,     ///< a queue of `value` that grows; `limit` was usual
  slow_steps,       ///< steps take `value` s; `limit` s by its own history
  log_errors,       ///< `value` errors in a window; `limit` by its own history
  log_fatal,        ///< a line that tells of the end, see `detail`
  clock_off,        ///< its wall clock differs by `value` s; `limit` s allowed
  detection_slow,   ///< this link allows detection in `value` s, not in `limit`
};

std::string to_string(evidence_kind x);

/// One reason, for `lepton nodes --why`.
struct evidence {
  evidence_kind kind = evidence_kind::silent;
  double value = 0; ///< see the kind
  double limit = 0;
  std::string detail;
  time_point since{};
};

/// A sentence for people.
std::string describe(const evidence& x);

/// A set of kinds in the bits 0 to 15, as it travels between nodes.
using evidence_bits = uint16_t;

inline evidence_bits bit_of(evidence_kind x) {
  return static_cast<evidence_bits>(1U << static_cast<unsigned>(x));
}

/// In the order of the kinds. Bits without a meaning are skipped.
std::vector<evidence_kind> kinds_of(evidence_bits bits);

} // namespace actors
