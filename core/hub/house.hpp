#pragma once
// House: owns everything that is not a connection, and routes. Values come up from edges, values go
// down to them; work that needs threads or disks leaves as jobs and comes back. It knows a
// connection only by its ConnId. No rules of its own beyond admission: they belong to the modules.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/api/server.hpp"
#include "core/api/topic.hpp"
#include "core/auth/authenticator.hpp"
#include "core/base/limits.hpp"
#include "core/base/random.hpp"
#include "core/base/ring.hpp"
#include "core/base/table.hpp"
#include "core/base/timers.hpp"
#include "core/library/query_cache.hpp"
#include "core/live/planes.hpp"
#include "core/live/registry.hpp"
#include "core/play/groups.hpp"
#include "core/play/streams.hpp"
#include "core/wire/address.hpp"
#include "core/wire/conditional.hpp"

namespace tutti::hub {

// A file that is served as it is, whole or in ranges.
struct StaticFile {
  std::string route{};  // its path in URLs, of the browser app's
  std::string path;
  std::string type;  // Content-Type
  std::string etag;
  std::uint64_t size = 0;
  std::string cache = "no-cache";  // Cache-Control
};

// A group as the store has it.
struct StoredGroup {
  GroupId id;
  std::string name;
  std::string queue;     // Queue::save
  std::string playback;  // play::SaveGroup
};

struct MusicConfig {
  std::vector<StoredGroup> groups;
  bool edit_tags = false;  // music files may be written
};

struct HouseConfig {
  std::string name = "tutti";
  std::string version;
  std::string commit;
  std::string core_hash;
  std::uint16_t edges = 1;
  std::size_t max_connections = 0;
  int unauthenticated_per_address = limits::kUnauthenticatedPerAddress;
  int connections_per_account = limits::kConnectionsPerAccount;
  std::vector<wire::Network> trusted_proxies;  // whose X-Forwarded-For names the client
  std::vector<StaticFile> files;
  std::optional<MusicConfig> music;  // without it there are no groups, and no library is asked
};

// Work for other threads. The answer comes back through House::done under the same token.
struct BackupJob {
  std::optional<std::string> file;  // none: a new one below the data directory
  bool overwrite = false;
};
// The metrics page: the core's part is here, the shell appends its own.
struct MetricsJob {
  std::string text;
};
// Answered as JSON text, written where it was found; track ids as they are.
struct LibraryJob {
  library::Ask ask;
  bool ids = false;  // answer with library::TrackIds
};
struct FactsJob {
  AccountId account;
  TrackId track;
};
struct SaveGroupJob {
  GroupId group;
  play::SaveGroup save;
};
struct ForgetGroupJob {
  GroupId group;
};
struct ScanJob {
  api::StartScan scan;
};
struct OpenStreamJob {
  StreamId stream;
  play::StreamWish wish;
};
// Answered with a StaticFile.
struct ArtworkJob {
  AccountId account;
  api::GetArtwork wanted;
};
struct EditTagsJob {
  AccountId account;
  library::EditTags edit;
};
struct JobRequest {
  JobToken token;
  std::variant<BackupJob, MetricsJob, LibraryJob, FactsJob, SaveGroupJob, ForgetGroupJob, ScanJob,
               OpenStreamJob, ArtworkJob, EditTagsJob>
      work;
};
struct Stored {};
// A stream that can be read: a whole file, or bytes that are made as they are taken.
struct OpenedStream {
  std::string type;  // Content-Type of what is made
  std::optional<StaticFile> file{};
};
using JobResult = std::variant<Stored, api::BackupCreated, std::string, library::TrackIds,
                               play::TrackFacts, OpenedStream, StaticFile>;
struct JobDone {
  JobToken token;
  Result<JobResult> result;
};
// Its result is not waited for any more; a worker may end it.
struct CancelJob {
  JobToken token;
};
// Comes back through House::slice_done.
struct SliceJob {
  play::SliceRequest slice;
};
// The stream of this epoch is over.
struct EndStreamJob {
  GroupId group;
  Epoch epoch;
};
// Nothing is asked of this stream any more.
struct CloseStream {
  StreamId stream;
};
// What scans do comes back through House::scans.
struct CancelScans {};
// One line for the log: `name key=value ...`.
struct LogLine {
  std::string text;
};
using HouseEffect =
    std::variant<JobRequest, LogLine, CancelJob, SliceJob, EndStreamJob, CancelScans, CloseStream>;

class House final : private api::Services {
 public:
  House(HouseConfig config, const auth::Authenticator& authenticator, Random& random, Now now,
        Recorder* recorder = nullptr);
  ~House() override;

  void handle(live::Up&& up, Now now);
  void done(JobDone done, Now now);
  // True: the slice's frames are the group's next. False: its epoch is over.
  [[nodiscard]] bool slice_done(const play::SliceDone& done, Now now);
  // The stream's last byte was made, or it cannot be made further.
  void stream_over(StreamId stream, Now now);
  // What is being scanned, and how far.
  void scans(api::ScanStatus status, Now now);
  // The store's state of health: while it is an error, /healthz says 503 with it.
  void set_health(std::optional<Error> error) { unhealthy_ = std::move(error); }
  // Closes every connection with "retry later" and takes no more.
  void shut_down(Now now);

  std::optional<live::Down> poll_down(std::uint16_t edge);
  std::optional<HouseEffect> poll();
  ServerTime deadline() const {
    return std::min({timers_.deadline(), groups_.deadline(), streams_.deadline()});
  }
  void fire(Now now);

  const api::OperationTable& operations() const { return operations_; }
  std::size_t links() const { return links_.size(); }
  // What it holds for connections; all of it is zero when they are gone.
  struct Counts {
    std::size_t links = 0;
    std::size_t registered = 0;
    std::size_t by_address = 0;  // entries of the two limits
    std::size_t by_account = 0;
    std::size_t waiting = 0;  // questions without an answer yet
    std::size_t readers = 0;  // of topics
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  Counts counts() const;
  void describe(StateWriter& out) const;

 private:
  // What the house keeps of a connection.
  struct Link {
    ConnId conn;
    live::Peer peer;
    std::optional<auth::Identity> identity;  // once a request was authenticated
    std::optional<wire::Address> counted;    // among this address's unauthenticated ones
    bool websocket = false;
    std::string client;  // the id it is registered under
    std::vector<std::size_t> topics;
    int calls = 0;  // that wait for an answer
  };
  // Where an answer that comes later goes.
  struct ReplyTo {
    ConnId conn;
    bool rest = false;
    Json id;
    wire::Conditions wanted{};
  };
  enum class Wait : std::uint8_t {
    stats,
    connections,
    metrics,
    backup,
    library,
    queue_tracks,
    saved,
    plain  // answered as it comes
  };
  struct Waiter {
    Wait what = Wait::stats;
    ReplyTo to;
    int edges_left = 0;
    std::int64_t limit = 0;
    live::EdgeCounters counters;
    std::vector<live::ConnectionRow> rows;
    // of queue_tracks
    std::optional<api::AddToQueue> add{};
    AccountId account{};
    // of saved: what is answered once the group has stored this
    GroupId group{};
    std::uint64_t serial = 0;
    std::string answer{};
    // of library: under which its answer is kept; empty: it is not
    std::string key{};
    library::QueryCache::AskedAt asked{};
  };
  // Whose a token is: a group's question or its save.
  struct GroupJob {
    GroupId group;
    std::uint64_t serial = 0;  // of a save; 0: a question
  };

  // house.cpp: connections
  void opened(const live::Opened& opened);
  void closed(const live::Closed& closed, Now now);
  Link* link_of(ConnId conn);
  void down(std::uint16_t edge, live::Down&& value);
  void effect(HouseEffect value);
  void log(std::string line) { effect(LogLine{std::move(line)}); }
  void connections_changed(Now now);
  void tell_connections(Now now);
  bool trusted(const live::Peer& peer) const;
  [[nodiscard]] bool count_address(Link& link, const wire::Address& address);
  void forget_address(Link& link);

  // http.cpp
  void request(Link& link, const wire::HttpRequest& request, Now now);
  void upgrade(Link& link, const live::UpgradeRequest& upgrade, Now now);
  Result<void> identify(Link& link, const wire::HttpRequest& request, Now now);
  void call_rest(Link& link, const wire::HttpRequest& request, Now now);
  bool serve_file(const Link& link, const wire::HttpRequest& request, std::string_view path);
  void send_file(ConnId conn, const wire::Conditions& wanted, const StaticFile& file,
                 std::vector<wire::HttpHeader> more);
  void healthz(ConnId conn);
  void metrics(Link& link);
  void respond(ConnId conn, int status, std::string_view type, std::string body,
               std::vector<wire::HttpHeader> more = {});
  void refuse(ConnId conn, const Error& error, std::string_view allow = {});

  // session.cpp: the native wire, topics
  void command(Link& link, wire::SessionCommand& command, Now now);
  void call(Link& link, Json id, const wire::SessionCall& call, Now now);
  void subscribe(Link& link, const Json& id, const std::string& name);
  void unsubscribe(Link& link, const Json& id, const std::string& name);
  void attach_topic(ConnId conn, std::size_t index);
  void lagging(const live::Lagging& lagging);
  void leave_topics(Link& link);
  void publish(std::size_t index, Json state);
  void send(ConnId conn, std::string text) {
    down(conn.edge, live::Send{conn, Bytes(std::move(text))});
  }

  // answers.cpp: answers that come later
  api::ServerInfo server_info(const api::Context& context) override;
  void ask_stats(const api::Context& context) override;
  void ask_connections(const api::Context& context, const api::ListConnections& request) override;
  Result<void> ask_backup(const api::Context& context, const api::CreateBackup& request) override;
  void start_survey(api::ReplyToken token, Waiter waiter);
  void surveyed(live::Surveyed answer);
  void finish(std::uint64_t token, const Result<std::string>& json_or_text);

  // music.cpp: the library, groups, scans
  void begin_music(Now now);
  Result<void> ask_library(const api::Context& context, library::Request request) override;
  api::ScanStatus scan_status() override { return scan_; }
  void start_scan(const api::Context& context, const api::StartScan& request) override;
  void cancel_scan() override;
  play::Groups& groups() override { return groups_; }
  void when_saved(const api::Context& context, GroupId group, Json answer) override;
  Result<void> ask_tracks_for(const api::Context& context, const library::ListTrackIds& wanted,
                              const api::AddToQueue& request) override;
  Result<void> remove_group(const api::Context& context, GroupId group) override;
  Result<void> ask_artwork(const api::Context& context, const api::GetArtwork& wanted) override;
  Result<void> edit_tags(const api::Context& context, const library::EditTags& edit) override;
  void answered(Waiter& waiter, const std::string& json);
  void changed_by(AccountId account);
  void respond_tagged(const ReplyTo& to, std::string body);
  void found_tracks(std::uint64_t token, library::TrackIds tracks, Now now);
  bool group_job_done(JobDone& done, Now now);
  void group_effect(GroupId id, play::GroupEffect effect, Now now);
  void drain_groups(Now now);
  void publish_groups(Now now);

  // streams.cpp: audio over HTTP
  Result<void> open_stream(const api::Context& context, const play::StreamWish& wish) override;
  bool stream_job_done(JobDone& done, Now now);
  void drain_streams(Now now);
  void begin_stream(const play::Streams::Begin& begin, Now now);

  std::size_t topic_index(std::string_view name) const;

  api::Context context_for(const api::Caller& caller, ReplyTo to, Now now);

  HouseConfig config_;
  const auth::Authenticator& authenticator_;
  Random& random_;
  Now started_;
  api::OperationTable operations_;
  std::string openapi_;
  Table<Link> links_;
  std::unordered_map<ConnId, Handle> by_conn_;
  live::Registry registry_;
  std::unordered_map<std::string, int> unauthenticated_;  // by address
  std::unordered_map<AccountId, int> per_account_;        // WebSockets
  std::vector<api::Topic> topics_;
  std::vector<std::vector<int>> readers_;  // [topic][edge]
  std::unordered_map<std::uint64_t, Waiter> waiters_;
  ReplyTo asking_;  // of the operation that is being called
  std::vector<Ring<live::Down>> down_;
  Ring<HouseEffect> effects_;
  Timers timers_;
  play::Groups groups_;
  std::unordered_map<JobToken, GroupJob> group_jobs_;
  play::Streams streams_;
  std::unordered_map<JobToken, StreamId> stream_jobs_;
  std::unordered_map<StreamId, OpenedStream> opened_streams_;  // until they are answered
  std::unordered_map<ConnId, ReplyTo> stream_replies_;
  std::unordered_map<GroupId, api::GroupView> told_;  // as the topic has them
  std::vector<std::uint64_t> told_revisions_;
  library::QueryCache cache_;
  std::unordered_map<JobToken, AccountId> changing_;  // that change what the library answers
  api::ScanStatus scan_;
  std::optional<Error> unhealthy_;
  bool topic_due_ = false;  // a change waits for the pace's timer
  bool stopping_ = false;
  Observed<std::uint64_t> refused_address_;
  Observed<std::uint64_t> refused_account_;
  Observed<std::uint64_t> stale_;
  Recorder* recorder_;
};

// Pages of numbers from what edges and the house counted.
api::ServerStats stats_of(const live::EdgeCounters& counters, const live::Registry& registry,
                          std::uint64_t stale);
std::string address_text(const live::Peer& peer);

}  // namespace tutti::hub
