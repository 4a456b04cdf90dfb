#pragma once

#include <cstdint>

namespace models {

/// Decides when a training has stopped improving. A plain value without clock
/// or side effects.
/// Source: Prechelt (1998), "Early stopping - but when?".
struct early_stop {
  uint32_t patience = 0;   ///< epochs without improvement; 0: never stops
  bool any = false;        ///< an epoch was observed
  double best_loss = 0;    ///< least loss observed
  uint32_t best_epoch = 0; ///< of the least loss; the first of equal ones
  uint32_t without = 0;    ///< epochs observed since

  enum class verdict : uint8_t {
    improved, ///< keep these weights
    go_on,
    stop,
  };

  /// Takes the loss of an epoch; epochs follow each other.
  verdict observe(uint32_t epoch, double loss) {
    if (!any || loss < best_loss) {
      any = true;
      best_loss = loss;
      best_epoch = epoch;
      without = 0;
      return verdict::improved;
    }
    ++without;
    return exhausted() ? verdict::stop : verdict::go_on;
  }

  /// Whether patience is at its end.
  bool exhausted() const { return patience > 0 && without >= patience; }

  friend bool operator==(const early_stop&, const early_stop&) = default;
};

} // namespace models
