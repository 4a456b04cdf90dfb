#include <roles/storage/messages.hpp>

namespace roles {

namespace {

std::string render(uint8_t code, caf::atom_value, const caf::message& context) {
  auto word = to_string(static_cast<storage_errc>(code));
  if (context.match_element<std::string>(0))
    return word + ": " + context.get_as<std::string>(0);
  return word;
}

} // namespace

caf::error make_storage_error(storage_errc code, std::string text) {
  return {static_cast<uint8_t>(code), caf::atom("storage"),
          caf::make_message(std::move(text))};
}

void add_storage_types(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::lepton_storage>();
  cfg.add_error_category(caf::atom("storage"), render);
}

} // namespace roles
