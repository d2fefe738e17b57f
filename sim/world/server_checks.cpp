// What is checked of the values that pass, and of all connections now and then.
#include <algorithm>

#include "core/base/check.hpp"
#include "sim/world/server_node.hpp"

namespace tutti::world {
namespace {

std::string client_of(std::string_view target) {
  std::size_t at = target.find("client=");
  return at == std::string_view::npos ? "" : std::string(target.substr(at + 7));
}

// The connection that a value is about; null for those about none.
template <class Value>
const ConnId* conn_of(const Value& value) {
  return std::visit(
      [](const auto& what) -> const ConnId* {
        if constexpr (requires { what.conn; }) return &what.conn;
        else return nullptr;
      },
      value);
}

}  // namespace

void ServerNode::check_up(std::uint16_t e, const live::Up& up) {
  const ConnId* conn = conn_of(up);
  if (conn == nullptr) return;
  Sock& sock = edges_[e].socks[conn->handle.slot];
  if (std::holds_alternative<live::Opened>(up)) {
    sock.known = true;
    return;
  }
  bool its_own = sock.handle == conn->handle && sock.known;
  if (!its_own) return sim_.violate("a value of a connection that is not there", up.index());
  if (sock.closed) return sim_.violate("a value after the Closed", up.index());
  if (const auto* closed = std::get_if<live::Closed>(&up)) note_closed(sock, closed->reason);
  const auto* message = std::get_if<live::Message>(&up);
  if (message == nullptr) return;
  if (const auto* wish = std::get_if<live::UpgradeRequest>(&message->body))
    sock.client = client_of(wish->request.target);
  bool session = std::holds_alternative<wire::SessionCommand>(message->body);
  sim_.require(!session || sock.is_live, "a message before the connection is live");
}

void ServerNode::note_closed(Sock& sock, live::CloseReason reason) {
  using live::CloseReason;
  sock.closed = true;
  ++counters_.closes[static_cast<std::size_t>(reason)];
  if (reason == CloseReason::write_stalled || reason == CloseReason::slow_reader)
    sim_.witness(Witness::stalled_reader_cut);
  if (reason == CloseReason::heartbeat_lost) sim_.witness(Witness::half_open_found);
  if (reason == CloseReason::protocol_error || reason == CloseReason::bad_text ||
      reason == CloseReason::message_too_big || reason == CloseReason::wrong_data)
    sim_.witness(Witness::hostile_closed);
  if (sock.is_live && !sock.client.empty()) --live_by_client_[sock.client];
}

void ServerNode::check_down(std::uint16_t e, const live::Down& down) {
  const ConnId* conn = conn_of(down);
  if (conn == nullptr || conn->handle.slot >= edges_[e].socks.size()) return;
  Sock& sock = edges_[e].socks[conn->handle.slot];
  if (!(sock.handle == conn->handle) || sock.closed) return;  // stale: the edge drops it too
  sock.addressed = true;
  if (std::holds_alternative<live::Accept>(down)) latch(sock, live::Latch::accepted);
  if (const auto* grant = std::get_if<live::Grant>(&down)) latch(sock, grant->latch);
}

void ServerNode::latch(Sock& sock, live::Latch latch) {
  sock.latches |= static_cast<std::uint8_t>(latch);
  if (sock.latches == live::kAllLatches && !sock.is_live) went_live(sock);
}

void ServerNode::went_live(Sock& sock) {
  sock.is_live = true;
  sim_.witness(Witness::live);
  if (sock.client.empty()) return;
  sim_.require(++live_by_client_[sock.client] == 1, "two live connections of one client id");
}

// ---- checks that look at every connection ----

void ServerNode::check_edge(std::uint16_t e) {
  EdgeUnit& unit = edges_[e];
  unit.edge->handle(live::Survey{1, true}, time());
  auto up = unit.edge->poll_up();
  INVARIANT(up && std::holds_alternative<live::Surveyed>(*up));
  const auto& answer = std::get<live::Surveyed>(*up);
  sim_.require(answer.counters.held() <= options_.held_bytes, "an edge holds more than its limit",
               answer.counters.held());
  std::uint64_t queued = 0;
  for (const live::ConnectionRow& row : answer.rows) queued += row.queued_bytes;
  sim_.require(queued == answer.counters.held_output,
               "the bytes charged for output are not those that wait", queued);
}

void ServerNode::check() {
  if (!up()) return;
  ++counters_.expensive_checks;
  std::size_t known = 0;
  bool under_way = false;
  for (std::uint16_t e = 0; e < options_.edges; ++e) {
    check_edge(e);
    under_way = under_way || !edges_[e].up.empty();
    for (const Sock& sock : edges_[e].socks) known += sock.known && !sock.closed ? 1 : 0;
  }
  hub::House::Counts counts = house_->counts();
  sim_.require(counts.registered <= counts.links, "more registered than connected");
  if (!under_way)
    sim_.require(counts.links == known, "the house and the edges disagree on who is here",
                 counts.links);
}

std::uint64_t ServerNode::held() const {
  std::uint64_t bytes = 0;
  for (const EdgeUnit& unit : edges_) bytes += unit.edge ? unit.edge->counters().held() : 0;
  return bytes;
}

std::string ServerNode::left_over() const {
  if (!up()) return "the server is down";
  std::string left;
  for (const EdgeUnit& unit : edges_) {
    if (unit.edge->connections() != 0) left += " connections";
    if (unit.edge->counters().held() != 0) left += " bytes";
    if (unit.edge->deadline() != kNever) left += " timers";
    if (!unit.up.empty() || !unit.down.empty() || !unit.effects.empty()) left += " values";
  }
  if (!(house_->counts() == hub::House::Counts{})) left += " counts of the house";
  if (house_->deadline() != kNever) left += " a timer of the house";
  if (open_ != 0) left += " sockets";
  bool busy = std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.used; });
  if (busy) left += " jobs";
  return left;
}

void ServerNode::check_backups() {
  for (const std::string& name : disk_.list(kBackupFolder)) {
    if (!is_backup_name(name)) continue;
    auto content = disk_.read(std::string(kBackupFolder) + "/" + name);
    sim_.require(content && is_whole_backup(*content), "a backup that is not whole",
                 content ? content->size() : 0);
  }
  for (const std::string& path : answered_)
    sim_.require(disk_.read(path).has_value(), "a backup that was answered is gone");
}

}  // namespace tutti::world
