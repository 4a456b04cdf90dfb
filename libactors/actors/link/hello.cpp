#include <actors/link/frame.hpp>
#include <actors/link/hello.hpp>

namespace actors::link {

namespace {

constexpr size_t fixed_part = 2 + 8 + 8;

void append_name(std::string& to, const std::string& name) {
  to.push_back(static_cast<char>(name.size()));
  to += name;
}

bool take_name(std::string_view& from, std::string& into) {
  if (from.empty())
    return false;
  auto size = static_cast<size_t>(static_cast<uint8_t>(from[0]));
  if (from.size() < 1 + size)
    return false;
  into = from.substr(1, size);
  from.remove_prefix(1 + size);
  return is_node_name(into);
}

uint16_t version_of(std::string_view bytes) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[0])
                               | static_cast<uint8_t>(bytes[1]) << 8);
}

} // namespace

std::string encode(const hello& x) {
  std::string out;
  out.push_back(static_cast<char>(x.version & 0xff));
  out.push_back(static_cast<char>(x.version >> 8));
  append_u64(out, x.incarnation);
  append_u64(out, x.bulk_window);
  append_name(out, x.cluster);
  append_name(out, x.node);
  return out;
}

std::optional<hello> decode_hello(std::string_view bytes) {
  hello x;
  if (bytes.size() < fixed_part)
    return std::nullopt;
  x.version = version_of(bytes);
  x.incarnation = read_u64(bytes.data() + 2);
  x.bulk_window = read_u64(bytes.data() + 10);
  bytes.remove_prefix(fixed_part);
  if (!take_name(bytes, x.cluster) || !take_name(bytes, x.node))
    return std::nullopt;
  // A later version may have more to say; that it is one is told by name.
  if (!bytes.empty() && x.version == protocol_version)
    return std::nullopt;
  return x;
}

std::optional<std::string>
refuse_hello(const hello& ours,
             const hello& theirs,
             const std::optional<node_identity>& shown,
             const std::string& expected) {
  if (theirs.version != ours.version)
    return "protocol version " + std::to_string(theirs.version) + ", not "
           + std::to_string(ours.version);
  if (theirs.cluster != ours.cluster)
    return "node \"" + theirs.node + "\" is of the cluster \"" + theirs.cluster
           + "\", not of \"" + ours.cluster + "\"";
  if (shown && *shown != node_identity{theirs.cluster, theirs.node})
    return "node \"" + theirs.node + "\" has shown the certificate of \""
           + shown->node + "\" of the cluster \"" + shown->cluster + "\"";
  if (theirs.node == ours.node)
    return theirs.incarnation == ours.incarnation
             ? "node \"" + ours.node + "\" has dialled itself"
             : "the name \"" + ours.node + "\" is in use by another node";
  if (!expected.empty() && theirs.node != expected)
    return "node \"" + theirs.node + "\" answers where \"" + expected
           + "\" was dialled";
  return std::nullopt;
}

bool replaces(const rival& fresh,
              const rival& old,
              const std::string& our_name,
              const std::string& peer_name) {
  if (fresh.incarnation != old.incarnation)
    return fresh.incarnation > old.incarnation;
  if (fresh.dialled_here == old.dialled_here)
    return true; // the dialler has given up the old one
  return fresh.dialled_here == (our_name < peer_name);
}

} // namespace actors::link
