#include "core/wire/session.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/hub/house.hpp"

namespace tutti::hub {

void House::command(Link& link, wire::SessionCommand& command, Now now) {
  ConnId conn = link.conn;
  const Json& id = command.id;
  std::visit(
      [&](auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<T, wire::SessionPing>) send(conn, wire::pong_frame(id));
        if constexpr (std::is_same_v<T, wire::SessionEcho>)
          send(conn, wire::echo_frame(id, what.text));
        if constexpr (std::is_same_v<T, wire::SessionInvalid>)
          send(conn, wire::error_frame(id, what.error));
        if constexpr (std::is_same_v<T, wire::SessionSubscribe>) subscribe(link, id, what.topic);
        if constexpr (std::is_same_v<T, wire::SessionUnsubscribe>)
          unsubscribe(link, id, what.topic);
        if constexpr (std::is_same_v<T, wire::SessionCall>) call(link, id, what, now);
      },
      command.what);
}

void House::call(Link& link, Json id, const wire::SessionCall& call, Now now) {
  ConnId conn = link.conn;
  if (link.calls >= limits::kCallsPerConnection) {
    return send(
        conn, wire::error_frame(
                  id, Error{Code::busy, "too many calls of this connection wait for an answer", "",
                            100}));
  }
  api::Caller caller{link.identity->account, api::Permissions::all(), link.identity->host};
  api::Context context = context_for(caller, {conn, false, id}, now);
  auto outcome = operations_.call(call.name, context, call.args);
  if (outcome.pending()) ++link.calls;
  else if (const Error* error = outcome.error()) send(conn, wire::error_frame(id, *error));
  else send(conn, wire::result_frame(id, *outcome.answer()));
}

void House::subscribe(Link& link, const Json& id, const std::string& name) {
  auto topic = std::find_if(topics_.begin(), topics_.end(),
                            [&](const api::Topic& t) { return t.name() == name; });
  if (topic == topics_.end()) {
    std::string known = "known:";
    for (const api::Topic& each : topics_) known += " " + each.name();
    return send(
        link.conn,
        wire::error_frame(id, Error{Code::not_found, "there is no topic \"" + name + "\"", known}));
  }
  auto index = static_cast<std::size_t>(topic - topics_.begin());
  bool fresh = std::find(link.topics.begin(), link.topics.end(), index) == link.topics.end();
  if (fresh) {
    link.topics.push_back(index);
    ++readers_[index][link.conn.edge];
  }
  // Subscribing again asks for the whole state again: what a client does that noticed a gap.
  attach_topic(link.conn, index);
}

// The state as it is, then all that changes from here on. The cursor moves first: were the state
// first, an edge that writes between the two values would send what the cursor of an earlier
// subscription had still to give, behind it.
void House::attach_topic(ConnId conn, std::size_t index) {
  const api::Topic& topic = topics_[index];
  down(conn.edge, live::Attach{conn, topic.feed(), topic.head(), OnLag::restate});
  send(conn, topic.whole());
}

void House::unsubscribe(Link& link, const Json& id, const std::string& name) {
  auto held = std::find_if(link.topics.begin(), link.topics.end(),
                           [&](std::size_t i) { return topics_[i].name() == name; });
  if (held == link.topics.end()) {
    return send(link.conn, wire::error_frame(
                               id, Error{Code::not_found, "not subscribed to \"" + name + "\""}));
  }
  --readers_[*held][link.conn.edge];
  down(link.conn.edge, live::Detach{link.conn, topics_[*held].feed()});
  link.topics.erase(held);
  send(link.conn, wire::result_frame(id, Json(true)));
}

void House::leave_topics(Link& link) {
  for (std::size_t index : link.topics) --readers_[index][link.conn.edge];
  link.topics.clear();
}

// Too slow for the deltas: it gets the whole state again and reads on from there. Unless it left
// meanwhile.
void House::lagging(const live::Lagging& lagging) {
  Link* link = link_of(lagging.conn);
  if (link == nullptr) return;
  for (std::size_t index : link->topics) {
    if (topics_[index].feed() == lagging.feed) attach_topic(lagging.conn, index);
  }
}

void House::publish(std::size_t index, Json state) {
  api::Topic& topic = topics_[index];
  Position at = topic.head();
  auto delta = topic.update(std::move(state));
  if (!delta) return;
  Bytes bytes(std::move(*delta));  // once, for all readers of all edges
  for (std::uint16_t edge = 0; edge < config_.edges; ++edge) {
    if (readers_[index][edge] > 0) down(edge, live::Append{topic.feed(), at, Frame{bytes}});
  }
}

}  // namespace tutti::hub
