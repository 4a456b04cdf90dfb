#include <atomic>
#include <future>
#include <thread>

#include "server_fixture.hpp"

using namespace leptond;
using namespace leptond::testing;
using http::connection_event;
using std::chrono::milliseconds;

BOOST_FIXTURE_TEST_SUITE(http_server, server_fixture)

BOOST_AUTO_TEST_CASE(a_request_is_answered_and_recorded) {
  start();
  const auto answer = ask("GET", "/hello");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "{\"hello\":\"world\"}\n");
  const auto records = seen.records(1);
  BOOST_REQUIRE(records.size() == 1u);
  BOOST_TEST(records[0].route == "/hello");
  BOOST_TEST(records[0].status == 200);
  BOOST_TEST(records[0].complete);
}

BOOST_AUTO_TEST_CASE(one_connection_serves_many_requests_one_after_another) {
  start();
  auto client = connect();
  for (int i = 0; i < 50; ++i) {
    client.request("POST", "/echo", "number " + std::to_string(i));
    BOOST_TEST(client.read_answer().body == "number " + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  start();
  auto client = connect();
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const auto body = std::to_string(i);
    all += "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
           + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  BOOST_REQUIRE(client.send(all));
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(client.read_answer().body == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_later_from_any_thread_and_once) {
  std::promise<http::responder> promise;
  routes.add("GET", "/later",
             [&](const auto&, const auto& out) { promise.set_value(out); });
  start();
  auto client = connect();
  client.request("GET", "/later");
  {
    const auto out = promise.get_future().get();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([out] {
        out.send(http::json_response({{"late", true}}));
      });
    for (auto& thread : threads)
      thread.join();
  }
  BOOST_TEST(client.read_answer().body == "{\"late\":true}\n");
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().body == "{\"hello\":\"world\"}\n");
}

BOOST_AUTO_TEST_CASE(a_responder_dropped_without_an_answer_is_a_500) {
  routes.add("GET", "/drop", [](const auto&, const auto&) {});
  start();
  BOOST_TEST(ask("GET", "/drop").status == 500);
}

BOOST_AUTO_TEST_CASE(what_a_handler_throws_becomes_the_answer) {
  routes.add("GET", "/conflict", [](const auto&, const auto&) {
    throw http::http_error(409, "already_started");
  });
  routes.add("GET", "/broken", [](const auto&, const auto&) {
    throw std::runtime_error("oops");
  });
  routes.add("GET", "/odd", [](const auto&, const auto&) { throw 1; });
  start();
  BOOST_TEST(ask("GET", "/conflict").status == 409);
  BOOST_TEST(ask("GET", "/conflict").body
             == "{\"error\":\"already_started\"}\n");
  BOOST_TEST(ask("GET", "/broken").status == 500);
  BOOST_TEST(ask("GET", "/odd").status == 500);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_the_answer_harms_nobody) {
  std::promise<http::responder> promise;
  routes.add("GET", "/later",
             [&](const auto&, const auto& out) { promise.set_value(out); });
  start();
  auto client = connect();
  client.request("GET", "/later");
  const auto out = promise.get_future().get();
  client.reset_on_close();
  client.close();
  out.send(http::json_response({{"late", true}}));
  BOOST_TEST(seen.wait_for(connection_event::closed, 1));
  BOOST_TEST(ask("GET", "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_handle_may_outlive_the_server) {
  std::promise<http::responder> promise;
  routes.add("GET", "/later",
             [&](const auto&, const auto& out) { promise.set_value(out); });
  start();
  auto client = connect();
  client.request("GET", "/later");
  const auto out = promise.get_future().get();
  server.reset();
  out.send({});
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body) {
  start();
  auto client = connect();
  client.request("HEAD", "/hello");
  const auto head = client.read_answer(true);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.head.find("Content-Length: 18") != std::string::npos);
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(unknown_paths_and_methods_are_told) {
  start();
  BOOST_TEST(ask("GET", "/nothing").status == 404);
  const auto answer = ask("DELETE", "/hello");
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer.head.find("Allow: GET, HEAD\r\n") != std::string::npos);
  BOOST_TEST(ask("FROBNICATE", "/hello").status == 405);
  BOOST_TEST(ask("GET", "/%zz").status == 400);
}

BOOST_AUTO_TEST_CASE(the_old_protocol_is_served_and_closed) {
  start();
  auto client = connect();
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  const auto all = client.read_all();
  BOOST_TEST(all.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(all.find("Connection: close") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_hundred_clients_are_served_at_a_time) {
  start();
  std::vector<raw_client> clients;
  for (int i = 0; i < 200; ++i)
    clients.push_back(connect());
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients)
      client.request("GET", "/hello");
    for (auto& client : clients)
      BOOST_TEST(client.read_answer().status == 200);
  }
  BOOST_TEST(server->connections() == 200u);
  clients.clear();
  BOOST_TEST(seen.wait_for(connection_event::closed, 200));
  BOOST_TEST(server->connections() == 0u);
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_turned_away) {
  options.max_connections = 2;
  start();
  auto first = connect();
  auto second = connect();
  BOOST_REQUIRE(seen.wait_for(connection_event::opened, 2));
  auto third = connect();
  const auto answer = third.read_answer();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body == "{\"error\": \"too many connections\"}");
  BOOST_TEST(seen.wait_for(connection_event::refused, 1));
  first.request("GET", "/hello");
  BOOST_TEST(first.read_answer().status == 200);
  second.close();
  BOOST_REQUIRE(seen.wait_for(connection_event::closed, 1));
  BOOST_TEST(ask("GET", "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_handler_that_never_answers_is_a_504) {
  std::vector<http::responder> kept;
  options.answer_timeout = milliseconds{30};
  routes.add("GET", "/never",
             [&](const auto&, const auto& out) { kept.push_back(out); });
  start();
  BOOST_TEST(ask("GET", "/never").status == 504);
  kept.at(0).send({}); // too late, ignored
}

BOOST_AUTO_TEST_CASE(stopping_finishes_what_is_in_flight_and_closes_the_rest) {
  std::promise<http::responder> promise;
  routes.add("GET", "/later",
             [&](const auto&, const auto& out) { promise.set_value(out); });
  start();
  auto idle = connect();
  auto busy = connect();
  busy.request("GET", "/later");
  auto out = promise.get_future().get();
  std::thread stopper{[this] { server->stop(std::chrono::seconds{20}); }};
  BOOST_TEST(idle.closed());
  BOOST_CHECK_THROW(connect(), std::runtime_error);
  out.send(http::json_response({{"late", true}}));
  const auto all = busy.read_all();
  BOOST_TEST(all.find("{\"late\":true}") != std::string::npos);
  BOOST_TEST(all.find("Connection: close") != std::string::npos);
  busy.close();
  stopper.join();
  BOOST_TEST(server->connections() == 0u);
}

BOOST_AUTO_TEST_CASE(stopping_cuts_what_does_not_end_in_time) {
  std::vector<http::responder> kept;
  std::promise<void> here;
  routes.add("GET", "/never", [&](const auto&, const auto& out) {
    kept.push_back(out);
    here.set_value();
  });
  start();
  auto client = connect();
  client.request("GET", "/never");
  here.get_future().wait();
  server->stop(milliseconds{20});
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_at_once) {
  start();
  auto client = connect();
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().status == 200);
  server.reset(); // we close first, so the old connection lingers
  options.listen.port = port;
  start();
  BOOST_TEST(ask("GET", "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_told_with_status_3_and_the_remedy) {
  start();
  options.listen.port = port;
  http::server second{routes, options};
  const auto at = second.start();
  BOOST_REQUIRE(!at);
  BOOST_TEST(at.error().status == 3);
  BOOST_TEST(at.error().text()
             == "cannot listen on 127.0.0.1:" + std::to_string(port)
                  + ": address already in use; \"ss -ltnp sport = :"
                  + std::to_string(port)
                  + "\" shows by whom, or choose another api.listen\n");
}

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_told) {
  options.listen = {"192.0.2.1", 0};
  http::server elsewhere{routes, options};
  const auto at = elsewhere.start();
  BOOST_REQUIRE(!at);
  BOOST_TEST(at.error().text().find("no such address") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
