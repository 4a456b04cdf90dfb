#include <actors/process/worker_link.hpp>

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include <set>
#include <string>

namespace actors {

namespace {

/// CAF wants a port to know an offer by; there is no port.
constexpr uint16_t link_number = 1;

caf::actor basp(caf::actor_system& sys) {
  return sys.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

/// For every node that it meets CAF 0.17 makes an actor that could spawn there,
/// and keeps it after the node has gone: 1.1 KiB for each restart of a worker.
/// Nobody spawns in workers that way. Its table belongs to the network thread.
void forget_spawn_server(caf::actor_system& sys, const caf::node_id& node) {
  auto broker = caf::actor_cast<caf::strong_actor_ptr>(basp(sys));
  sys.middleman().backend().post([broker, node] {
    auto& table =
      static_cast<caf::io::basp_broker*>(broker->get())->spawn_servers;
    auto entry = table.find(node);
    if (entry == table.end())
      return;
    caf::anon_send_exit(entry->second, caf::exit_reason::kill);
    table.erase(entry);
  });
}

/// Requests the root, then watches it until it is told to go.
caf::behavior watch_link(caf::event_based_actor* self,
                         const caf::io::scribe_ptr& scribe,
                         caf::timespan deadline,
                         const link_events& events) {
  self->set_down_handler([self, events](caf::down_msg&) {
    events.lost();
    self->quit();
  });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self
    ->request(basp(self->system()), deadline, caf::connect_atom::value, scribe,
              link_number)
    .then(
      [self, events](caf::node_id& node, caf::strong_actor_ptr& root,
                     std::set<std::string>&) {
        forget_spawn_server(self->system(), node);
        if (!root)
          return events.linked(caf::sec::no_actor_published_at_port);
        self->monitor(root);
        events.linked(caf::actor_cast<caf::actor>(root));
      },
      [events](caf::error& why) { events.linked(std::move(why)); });
  return {[](caf::unit_t) { /* keeps it waiting */ }};
}

} // namespace

caf::actor open_link(caf::actor_system& sys,
                     unique_fd fd,
                     caf::timespan deadline,
                     link_events events) {
  auto scribe = sys.middleman().backend().new_scribe(fd.release());
  return sys.spawn<caf::hidden>(watch_link, std::move(scribe), deadline,
                                std::move(events));
}

void offer_root(caf::actor_system& sys, unique_fd fd, const caf::actor& root) {
  auto scribe = sys.middleman().backend().new_scribe(fd.release());
  caf::anon_send(basp(sys), caf::publish_atom::value, std::move(scribe),
                 link_number, caf::actor_cast<caf::strong_actor_ptr>(root),
                 std::set<std::string>{});
}

} // namespace actors
