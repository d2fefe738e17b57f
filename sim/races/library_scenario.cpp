// The query cache between readers and changes of the library. The hazards: an answer that was read
// before a change, or before a delete, is kept behind it; a hit that is gone when it is taken.
// Reads and commits happen elsewhere and are heard of later, in any order.
#include <array>
#include <optional>
#include <string>

#include "core/library/query_cache.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using library::QueryCache;

constexpr AccountId kAccounts[] = {AccountId{1}, AccountId{2}};

// What the store holds: the library's state and each account's own.
struct State {
  int library = 0;
  std::array<int, 2> own{};
  int of(std::size_t account) const { return library * 10 + own[account]; }
};

class LibraryModel : public MoveModel {
 public:
  LibraryModel() {
    explore::call_it(&cache_, "query cache");
    explore::call_it(&stored_, "databases");
    explore::call_it(&acknowledged_, "what was acknowledged");
  }
  void moves(Moves& out) override {
    for (Reader& reader : readers_) reader_moves(out, reader);
    for (Writer& writer : writers_) writer_moves(out, writer);
  }
  std::string_view check() const override {
    if (auto broken = MoveModel::check(); !broken.empty()) return broken;
    return cache_.bytes() > kBytes ? "the cache holds more than it may" : "";
  }
  std::string_view over() const override {
    // Everything was acknowledged: what is cached is what is.
    for (const Reader& reader : readers_) {
      const Bytes* hit = cache_.peek(kAccounts[reader.account], reader.request);
      if (hit != nullptr && hit->text() != answer_of(reader, stored_.of(reader.account)))
        return "what was invalidated, or deleted, is cached again";
    }
    return "";
  }
  void describe(StateWriter& out) const override {
    cache_.describe(out);
    for (const Reader& reader : readers_) {
      out.number(static_cast<std::uint64_t>(reader.asks * 4 + static_cast<int>(reader.phase)));
      if (reader.phase != Phase::idle) {
        int read = reader.phase == Phase::read ? reader.read : 0;
        out.number(static_cast<std::uint64_t>(read * 1000 + reader.floor));
        auto now = cache_.now(kAccounts[reader.account]);
        // How many changes ago it asked: nothing else of a version can matter.
        out.number(now.library.number() - reader.asked.library.number());
        out.number(now.account.number() - reader.asked.account.number());
      }
    }
    for (const Writer& writer : writers_)
      out.number(static_cast<std::uint64_t>(writer.left * 2 + (writer.committed ? 1 : 0)));
    for (const State& state : {stored_, acknowledged_})
      for (std::size_t account : {0, 1}) out.number(static_cast<std::uint64_t>(state.of(account)));
  }
  ServerTime now() const override { return {}; }

 private:
  static constexpr std::size_t kBytes = 500;  // two answers, and no third

  enum class Phase { idle, asked, read };
  struct Reader {
    const char* name;
    std::size_t account;
    const char* request;
    int asks = 2;
    Phase phase = Phase::idle;
    QueryCache::AskedAt asked{};
    int floor = 0;  // what had been acknowledged when it began
    int read = 0;
  };
  struct Writer {
    const char* name;
    int account;  // -1: the library
    int left;
    bool committed = false;
  };

  // Long enough that the bound is felt.
  static std::string answer_of(const Reader& reader, int state) {
    std::string text = std::string(reader.request) + std::to_string(state) + " ";
    return text + std::string(80 - text.size(), '.');
  }
  static int state_in(std::string_view answer, const Reader& reader) {
    return std::atoi(std::string(answer.substr(std::string_view(reader.request).size())).c_str());
  }

  void reader_moves(Moves& out, Reader& reader) {
    if (reader.phase == Phase::idle && reader.asks > 0)
      out.add(reader.name, "asks", [this, &reader] { ask(reader); });
    if (reader.phase == Phase::asked)
      out.add(reader.name, "the store reads", [this, &reader] {
        note_read(explore::recorder(), &stored_);
        reader.read = stored_.of(reader.account);
        reader.phase = Phase::read;
      });
    if (reader.phase == Phase::read)
      out.add(reader.name, "the answer comes", [this, &reader] { answered(reader); });
  }
  void writer_moves(Moves& out, Writer& writer) {
    if (!writer.committed && writer.left > 0)
      out.add(writer.name, "commits", [this, &writer] { commit(writer); });
    if (writer.committed) out.add(writer.name, "is told", [this, &writer] { tell(writer); });
  }

  void ask(Reader& reader) {
    --reader.asks;
    note_read(explore::recorder(), &acknowledged_);
    reader.floor = acknowledged_.of(reader.account);
    auto hit = cache_.get(kAccounts[reader.account], reader.request);
    if (!hit) {
      reader.asked = cache_.now(kAccounts[reader.account]);
      reader.phase = Phase::asked;
      return;
    }
    witness("hit");
    check_answer(reader, state_in(hit->text(), reader));
  }
  void answered(Reader& reader) {
    reader.phase = Phase::idle;
    check_answer(reader, reader.read);
    std::uint64_t refused = cache_.refused();
    std::uint64_t evicted = cache_.evicted();
    cache_.put(kAccounts[reader.account], reader.request, Bytes(answer_of(reader, reader.read)),
               reader.asked);
    if (cache_.refused() > refused) witness("what was read before a change is not kept");
    if (cache_.evicted() > evicted) witness("evicted");
  }
  // Each part of an answer is at least what had been acknowledged before it was asked for.
  void check_answer(const Reader& reader, int state) {
    require(state / 10 >= reader.floor / 10 && state % 10 >= reader.floor % 10,
            "an answer lacks a change that was acknowledged before it was asked for");
  }
  void commit(Writer& writer) {
    --writer.left;
    note_write(explore::recorder(), &stored_);
    writer.committed = true;
    ++(writer.account < 0 ? stored_.library
                          : stored_.own[static_cast<std::size_t>(writer.account)]);
  }
  void tell(Writer& writer) {
    writer.committed = false;
    note_read(explore::recorder(), &stored_);
    note_write(explore::recorder(), &acknowledged_);
    if (writer.account < 0) {
      cache_.library_changed();
      acknowledged_.library = stored_.library;
    } else {
      auto account = static_cast<std::size_t>(writer.account);
      cache_.account_changed(kAccounts[account]);
      acknowledged_.own[account] = stored_.own[account];
    }
  }

  QueryCache cache_{kBytes, kBytes, explore::recorder()};
  State stored_;
  State acknowledged_;
  Reader readers_[3] = {{"first reader", 0, "tracks"},
                        {"second reader", 0, "albums"},
                        {"other account", 1, "tracks"}};
  // One after the other, as each database has one writer: the library's changes and deletes alike.
  Writer writers_[2] = {{"scanner", -1, 2}, {"listener", 0, 1}};
};

}  // namespace

Plan library_plan() {
  return {{"library",
           [](Choose&) { return std::make_unique<LibraryModel>(); },
           {"hit", "what was read before a change is not kept", "evicted"}},
          explore::Bounds{},
          100'000};
}

}  // namespace tutti::races
