// The house's music: questions to the library, groups and what they ask for, scans. What is decided
// is decided in core/play and core/library; here it is passed on.
#include <algorithm>

#include "core/base/check.hpp"
#include "core/crypt/hash.hpp"
#include "core/hub/house.hpp"

namespace tutti::hub {
namespace {

constexpr std::int64_t kQueueTold = 50;  // entries of a queue in its topic

}  // namespace

std::size_t House::topic_index(std::string_view name) const {
  auto found = std::find_if(topics_.begin(), topics_.end(),
                            [&](const api::Topic& topic) { return topic.name() == name; });
  INVARIANT(found != topics_.end());
  return static_cast<std::size_t>(found - topics_.begin());
}

// A group that cannot be brought back stays stored as it is, for a program that can read it.
void House::begin_music(Now now) {
  for (const StoredGroup& stored : config_.music->groups) {
    play::Group& group = groups_.bring_back(stored.id, stored.name);
    auto ok = group.restore(stored.queue, stored.playback, now);
    if (ok) continue;
    log("group.unreadable group=" + to_text(stored.id) + " why=\"" + ok.error().text + "\"");
    groups_.remove(stored.id, now);
  }
  config_.music->groups.clear();
  if (groups_.size() == 0) {
    auto made = groups_.create("Home");
    INVARIANT(made.has_value());
    groups_.find(*made)->rename("Home", now);
  }
  drain_groups(now);
  publish(topic_index("library"), api::write(scan_));
}

Result<void> House::ask_library(const api::Context& context, library::Request request) {
  Waiter waiter{Wait::library, asking_};
  waiter.account = context.caller.account;
  JobToken token{context.reply.value};
  if (library::changes(request)) {
    bool anybody = std::holds_alternative<library::SetAccountFolders>(request);
    changing_[token] = anybody ? AccountId{} : waiter.account;
  } else if (waiter.key = api::cache_key(request); !waiter.key.empty()) {
    waiter.asked = cache_.now(waiter.account);
    if (auto known = cache_.get(waiter.account, waiter.key)) {
      waiter.key.clear();
      waiters_.emplace(token.value, std::move(waiter));
      finish(token.value, std::string(known->text()));
      return {};
    }
  }
  AccountId account = waiter.account;
  waiters_.emplace(token.value, std::move(waiter));
  effect(JobRequest{token, LibraryJob{{account, std::move(request), context.now.wall}, false}});
  return {};
}

// Kept under the versions it was asked at: what was read before a change is not.
void House::answered(Waiter& waiter, const std::string& json) {
  if (!waiter.key.empty())
    cache_.put(waiter.account, waiter.key, Bytes(std::string(json)), waiter.asked);
}

// The change is committed, and nobody has been told of it yet.
void House::changed_by(AccountId account) {
  if (account) cache_.account_changed(account);
  else cache_.library_changed();
}

// A list that has not changed needs not be sent again (RFC 9110 section 13.1.2).
void House::respond_tagged(const ReplyTo& to, std::string body) {
  std::string etag = "\"" + hex(ByteView(crypt::sha256(as_bytes(body))).first(8)) + "\"";
  bool same = wire::not_modified(to.wanted.if_none_match, etag);
  wire::HttpResponse head{same ? 304 : 200, {}, {}};
  head.headers = {{"Content-Type", "application/json"},
                  {"Cache-Control", "private, no-cache"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"ETag", etag}};
  down(to.conn.edge,
       live::Respond{to.conn, std::move(head), same ? Bytes() : Bytes(std::move(body))});
}

Result<void> House::ask_tracks_for(const api::Context& context, const library::ListTrackIds& wanted,
                                   const api::AddToQueue& request) {
  Waiter waiter{Wait::queue_tracks, asking_};
  waiter.add = request;
  waiter.account = context.caller.account;
  waiters_.emplace(context.reply.value, std::move(waiter));
  effect(JobRequest{JobToken{context.reply.value},
                    LibraryJob{{context.caller.account, wanted, context.now.wall}, true}});
  return {};
}

// The group may be gone by now, and the queue another one: then the edit says so.
void House::found_tracks(std::uint64_t token, library::TrackIds tracks, Now now) {
  Waiter& waiter = waiters_.at(token);
  INVARIANT(waiter.what == Wait::queue_tracks);
  play::Group* group = groups_.find(waiter.add->group);
  if (group == nullptr)
    return finish(token, fail(Code::not_found, "the group was removed meanwhile"));
  if (tracks.tracks.empty())
    return finish(token, fail(Code::not_found, "there is nothing to play in it"));
  auto done = api::add_to_queue(*group, *waiter.add, std::move(tracks.tracks), waiter.account, now);
  auto answer = api::edited(*group, done);
  if (!answer) return finish(token, std::unexpected(answer.error()));
  std::string text = write_json(api::write(*answer));
  if (!answer->applied) return finish(token, text);
  waiter.what = Wait::saved;
  waiter.group = group->id();
  waiter.serial = group->save_serial();
  waiter.answer = std::move(text);
}

void House::when_saved(const api::Context& context, GroupId group, Json answer) {
  Waiter waiter{Wait::saved, asking_};
  waiter.group = group;
  waiter.serial = groups_.find(group)->save_serial();
  waiter.answer = write_json(answer);
  waiters_.emplace(context.reply.value, std::move(waiter));
}

Result<void> House::remove_group(const api::Context& context, GroupId group) {
  if (groups_.find(group) == nullptr)
    return fail(Code::not_found, "there is no group " + to_text(group));
  if (groups_.size() == 1)
    return fail(Code::conflict, "the last group cannot be removed", "make another one first");
  INVARIANT(groups_.remove(group, context.now));
  std::vector<std::uint64_t> orphans;
  for (const auto& [token, waiter] : waiters_) {
    if (waiter.what == Wait::saved && waiter.group == group) orphans.push_back(token);
  }
  for (std::uint64_t token : orphans)
    finish(token, fail(Code::not_found, "the group was removed meanwhile"));
  waiters_.emplace(context.reply.value, Waiter{Wait::plain, asking_});
  effect(JobRequest{JobToken{context.reply.value}, ForgetGroupJob{group}});
  return {};
}

Result<void> House::ask_artwork(const api::Context& context, const api::GetArtwork& wanted) {
  waiters_.emplace(context.reply.value, Waiter{Wait::plain, asking_});
  effect(JobRequest{JobToken{context.reply.value}, ArtworkJob{context.caller.account, wanted}});
  return {};
}

Result<void> House::edit_tags(const api::Context& context, const library::EditTags& edit) {
  if (!config_.music->edit_tags)
    return fail(Code::forbidden, "this server does not write into music files",
                "whoever runs it can set edit_tags = true");
  waiters_.emplace(context.reply.value, Waiter{Wait::plain, asking_});
  effect(JobRequest{JobToken{context.reply.value}, EditTagsJob{context.caller.account, edit}});
  return {};
}

void House::start_scan(const api::Context& context, const api::StartScan& request) {
  waiters_.emplace(context.reply.value, Waiter{Wait::library, asking_});
  effect(JobRequest{JobToken{context.reply.value}, ScanJob{request}});
}

void House::cancel_scan() { effect(CancelScans{}); }

void House::scans(api::ScanStatus status, Now) {
  note_write(recorder_, this);
  // Batches are committed all along; the last of them before a scan's end is told.
  if (scan_.scanning || status.scanning || status.changes != scan_.changes)
    cache_.library_changed();
  scan_ = std::move(status);
  publish(topic_index("library"), api::write(scan_));
}

// What a group asked for: facts, or that it be stored. False: the token is none of a group's.
bool House::group_job_done(JobDone& done, Now now) {
  auto found = group_jobs_.find(done.token);
  if (found == group_jobs_.end()) return false;
  GroupJob job = found->second;
  group_jobs_.erase(found);
  play::Group* group = groups_.find(job.group);
  if (group != nullptr && job.serial > 0) {
    Result<void> stored;
    if (!done.result) stored = std::unexpected(done.result.error());
    group->saved(job.serial, stored, now);
    std::vector<std::uint64_t> waiting;
    for (const auto& [token, waiter] : waiters_) {
      if (waiter.what == Wait::saved && waiter.group == job.group && waiter.serial <= job.serial)
        waiting.push_back(token);
    }
    for (std::uint64_t token : waiting) {
      if (stored) finish(token, std::string(waiters_.at(token).answer));
      else finish(token, std::unexpected(stored.error()));
    }
  } else if (group != nullptr) {
    Result<play::TrackFacts> facts = fail(Code::not_found, "it is not in the library");
    if (done.result) facts = std::get<play::TrackFacts>(std::move(*done.result));
    else facts = std::unexpected(done.result.error());
    group->facts(done.token, facts, now);
  }
  drain_groups(now);
  return true;
}

bool House::slice_done(const play::SliceDone& done, Now now) {
  note_write(recorder_, this);
  play::Group* group = groups_.find(done.group);
  bool taken = group != nullptr && group->slice_done(done, now);
  drain_groups(now);
  return taken;
}

void House::group_effect(GroupId id, play::GroupEffect what, Now now) {
  if (auto* ask = std::get_if<play::AskFacts>(&what)) {
    group_jobs_[ask->token] = {id, 0};
    return effect(JobRequest{ask->token, FactsJob{ask->account, ask->track}});
  }
  if (auto* cancel = std::get_if<play::CancelAsk>(&what)) {
    group_jobs_.erase(cancel->token);
    return effect(CancelJob{cancel->token});
  }
  if (auto* run = std::get_if<play::RunSlice>(&what))
    return effect(SliceJob{std::move(run->slice)});
  if (auto* end = std::get_if<play::EndStream>(&what)) return effect(EndStreamJob{id, end->epoch});
  if (auto* save = std::get_if<play::SaveGroup>(&what)) {
    auto token = random_.id<JobToken>();
    group_jobs_[token] = {id, save->serial};
    return effect(JobRequest{token, SaveGroupJob{id, std::move(*save)}});
  }
  const auto& played = std::get<play::TrackPlayed>(what);
  library::RecordPlay record{played.track, played.heard.us / 1000};
  auto token = random_.id<JobToken>();
  changing_[token] = played.account;
  effect(JobRequest{token, LibraryJob{{played.account, record, now.wall}, false}});
}

void House::drain_groups(Now now) {
  bool any = false;
  for (; auto next = groups_.poll(); any = true)
    group_effect(next->first, std::move(next->second), now);
  if (any) publish_groups(now);
}

void House::publish_groups(Now now) {
  std::vector<std::uint64_t> revisions;
  groups_.for_each([&](play::Group& group) { revisions.push_back(group.revision()); });
  if (revisions == told_revisions_) return;
  told_revisions_ = std::move(revisions);
  Json playback = Json::object();
  Json queues = Json::object();
  std::unordered_map<GroupId, api::GroupView> told;
  groups_.for_each([&](play::Group& group) {
    api::GroupView view = api::view_of(group, now);
    auto before = told_.find(group.id());
    if (before != told_.end()) api::keep_position(before->second, view);
    playback.add(to_text(group.id()), api::write(view));
    queues.add(to_text(group.id()), api::write(api::queue_view(group, {}, kQueueTold)));
    told.emplace(group.id(), std::move(view));
  });
  told_ = std::move(told);
  publish(topic_index("playback"), std::move(playback));
  publish(topic_index("queue"), std::move(queues));
}

}  // namespace tutti::hub
