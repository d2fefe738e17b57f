// Registrations of one id by two connections. The true hazard is not a data race but a cleanup that
// comes late: it must erase its own registration and no successor's.
#include "core/live/registry.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

class RegistryModel : public MoveModel {
 public:
  RegistryModel() { explore::call_it(&registry_, "registry"); }
  void moves(Moves& out) override {
    for (Socket& socket : sockets_) {
      if (socket.step < 5)
        out.add(socket.name, kSteps[socket.step], [this, &socket] { act(socket); });
    }
  }
  std::string_view check() const override {
    if (auto broken = first_broken(MoveModel::check(), entered_.broken()); !broken.empty())
      return broken;
    const ConnId* found = registry_.find("tv");
    if ((found != nullptr) != holder_.has_value())
      return holder_ ? "a live registration was erased" : "a registration outlived its connection";
    if (found != nullptr && !(*found == *holder_))
      return "the id names another connection than the one that entered";
    return {};
  }
  void describe(StateWriter& out) const override {
    registry_.describe(out);
    for (const Socket& socket : sockets_)
      out.number(static_cast<std::uint64_t>(socket.step * 2 + (socket.entered ? 1 : 0)));
    out.number(holder_.has_value());
    if (holder_) out.conn(*holder_);
    entered_.state(out);
  }

 private:
  static constexpr const char* kSteps[] = {"enter", "leave", "leave again", "enter anew",
                                           "leave anew"};
  struct Socket {
    std::string name;
    ConnId conn;
    int step = 0;
    bool entered = false;
  };

  void act(Socket& socket) {
    int step = socket.step++;
    if (step == 3) socket.conn.handle.generation = socket.conn.handle.generation.next();
    if (step == 0 || step == 3) {
      socket.entered = registry_.enter("tv", AccountId{1}, socket.conn).has_value();
      require(socket.entered == !holder_.has_value(),
              "entered while another holds the id, or refused while nobody does");
      if (socket.entered) holder_ = socket.conn, entered_.began(0);
      else witness("refused");
      return;
    }
    // Cleanup does not ask whether it had entered.
    if (holder_ && !(*holder_ == socket.conn)) witness("left while another holds the id");
    if (holder_ && *holder_ == socket.conn) holder_.reset(), entered_.ended(0);
    registry_.leave("tv", socket.conn);
  }

  live::Registry registry_{explore::recorder()};
  Socket sockets_[2] = {{"first", {0, {0, Generation(0)}}}, {"second", {1, {0, Generation(0)}}}};
  std::optional<ConnId> holder_;
  OneLivePerKey entered_;  // told by the sockets, not by the registry
};

}  // namespace

Plan registry_plan() {
  return {{"registry",
           [](Choose&) { return std::make_unique<RegistryModel>(); },
           {"refused", "left while another holds the id"}},
          explore::Bounds{},
          200'000};
}

}  // namespace tutti::races
