#pragma once

/// The first frame of each side of a link: who speaks. Pure.

#include <actors/link/certificates.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace actors::link {

/// Of all that follows; another version is refused.
inline constexpr uint16_t protocol_version = 1;

/// Longest control payload before the peer is known.
inline constexpr size_t max_hello = 256;

struct hello {
  uint16_t version = protocol_version;
  uint64_t incarnation = 0; ///< grows with each start of the node
  uint64_t bulk_window = 0; ///< bytes of bulk that may come unasked
  std::string cluster;
  std::string node;

  bool operator==(const hello&) const = default;
};

std::string encode(const hello& x);

/// Nothing unless it is exactly a hello with names that may be.
std::optional<hello> decode_hello(std::string_view bytes);

/// Why a node does not want to be linked to the one that has sent `theirs`.
/// @param shown whom its certificate names; nothing on a plain link
/// @param expected the node that was dialled; empty: any
/// @returns the reason, which both sides log, or nothing
std::optional<std::string>
refuse_hello(const hello& ours,
             const hello& theirs,
             const std::optional<node_identity>& shown,
             const std::string& expected);

/// One of two links between the same nodes.
struct rival {
  uint64_t incarnation = 0;  ///< of the peer
  bool dialled_here = false; ///< by us
};

/// Whether a new link takes the place of the one that is there. A newer
/// incarnation of the peer always does, an older one never. When both nodes
/// have dialled at once both keep the link that the lesser name has dialled.
bool replaces(const rival& fresh,
              const rival& old,
              const std::string& our_name,
              const std::string& peer_name);

} // namespace actors::link
