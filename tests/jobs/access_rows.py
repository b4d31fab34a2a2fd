"""Who may walk where in the jobs room."""

from house.matrix import Row

from intranet.access import Permission as P

VIEW, VERIFY = P.JOBS_COMPANY_VIEW, P.JOBS_COMPANY_VERIFY
SEE, MATCH = P.JOBS_WISH_VIEW, P.JOBS_WISH_MATCH
ANSWER, SELF = P.JOBS_REFERRAL_ANSWER, P.PEOPLE_SELF_MANAGE
KIOSK, SCREENS = P.JOBS_KIOSK_USE, P.JOBS_SCREEN_VIEW
WRITE, REVIEW = P.JOBS_POST_WRITE, P.JOBS_POST_REVIEW


def page(permission, url):
    return Row(permission, lambda place: f"/jobs{url}", of_place=False)


def of_company(permission, tail=""):
    return Row(permission, lambda place: f"/jobs/companies/{place.company_id}{tail}")


def of_wish(permission, tail=""):
    url = "/jobs/wishes/{0.wish_id}" + tail
    return Row(permission, url.format)


def of_referral(permission, tail=""):
    return Row(permission, lambda place: f"/jobs/referrals/{place.referral_id}{tail}")


def own(tail=""):
    return Row(WRITE, lambda place: f"/jobs/mine/{place.job_post_id}{tail}")


def review(tail=""):
    return Row(REVIEW, lambda place: f"/jobs/review/{place.job_post_id}{tail}")


def open_to_all(url):
    return Row(None, lambda place: f"/jobs{url}", of_place=False)


def open_post(tail):
    return Row(None, lambda place: f"/jobs/{place.live_post_id}{tail}", of_place=False)


def kiosk(url="", permission=KIOSK):
    return Row(permission, lambda place: f"/kiosk{url}", of_place=False)


def kiosk_post(tail="", permission=KIOSK):
    return Row(permission, lambda place: f"/kiosk/posts/{place.live_post_id}{tail}", of_place=False)


ROWS = {
    "jobs.kiosk": kiosk(),
    "jobs.kiosk_kinds": kiosk("/kinds"),
    "jobs.kiosk_choose": kiosk("/choose/pay"),
    "jobs.kiosk_list": kiosk("/posts"),
    "jobs.kiosk_fairs": kiosk("/fairs"),
    "jobs.kiosk_post": kiosk_post(),
    "jobs.kiosk_take": kiosk_post("/take"),
    "jobs.kiosk_ring": kiosk_post("/ring"),
    "jobs.kiosk_be_rung": kiosk_post("/ring", P.JOBS_WISH_FILE),
    "jobs.kiosk_wish": kiosk("/wish"),
    "jobs.kiosk_file_wish": kiosk("/wish", P.JOBS_WISH_FILE),
    "jobs.kiosk_done": kiosk("/done"),
    "jobs.kiosk_look": kiosk("/look"),
    "jobs.kiosk_beat": kiosk("/beat"),
    "jobs.kiosk_reset": kiosk("/reset"),
    "jobs.screens": page(SCREENS, "/screens"),
    "jobs.index": open_to_all(""),
    "jobs.board_map": open_to_all("/map"),
    "jobs.cards": open_to_all("/cards"),
    "jobs.feed_atom": open_to_all("/feed.atom"),
    "jobs.feed_rss": open_to_all("/feed.rss"),
    "jobs.feed_json": open_to_all("/feed.json"),
    "jobs.post": open_post(""),
    "jobs.ask_for_post": Row(SELF, lambda place: f"/jobs/{place.live_post_id}/ask", of_place=False),
    "jobs.share": open_post("/share"),
    "jobs.share_text": open_post("/share.txt"),
    "jobs.card": open_post("/card.svg"),
    "jobs.companies": page(VIEW, "/companies"),
    "jobs.new_company": page(VERIFY, "/companies/new"),
    "jobs.register_company": page(VERIFY, "/companies/new"),
    "jobs.company": of_company(VIEW),
    "jobs.change_company": of_company(VERIFY),
    "jobs.verify_company": of_company(VERIFY, "/verify"),
    "jobs.suspend_company": of_company(VERIFY, "/suspend"),
    "jobs.restore_company": of_company(VERIFY, "/restore"),
    "jobs.authorise_handler": of_company(VERIFY, "/handlers"),
    "jobs.end_handler": Row(
        VERIFY,
        lambda place: f"/jobs/companies/{place.company_id}/handlers/{place.handler_id}/end",
    ),
    "jobs.own_posts": page(WRITE, "/mine"),
    "jobs.occupations": page(WRITE, "/occupations"),
    "jobs.post_seekers": Row(
        MATCH, lambda place: f"/jobs/{place.live_post_id}/seekers", of_place=False
    ),
    "jobs.posts_template": page(WRITE, "/posts-template.xlsx"),
    "jobs.own_post_page": own(),
    "jobs.move_post": own("/withdraw"),
    "jobs.edit_post": own("/edit"),
    "jobs.change_post": own("/edit"),
    "jobs.new_post": of_company(WRITE, "/posts/new"),
    "jobs.write_post": of_company(WRITE, "/posts/new"),
    "jobs.import_posts": of_company(WRITE, "/import"),
    "jobs.try_import": of_company(WRITE, "/import"),
    "jobs.confirm_import": of_company(WRITE, "/import/confirm"),
    "jobs.review_queue": page(REVIEW, "/review"),
    "jobs.review": review(),
    "jobs.publish_post": review("/publish"),
    "jobs.refuse_post": review("/return"),
    "jobs.override_finding": review("/override"),
    "jobs.wishes": page(SEE, "/wishes"),
    "jobs.new_wish": page(SELF, "/wishes/new"),
    "jobs.file_wish": page(SELF, "/wishes/new"),
    "jobs.visit": page(P.JOBS_WISH_FILE, "/wishes/visit"),
    "jobs.visit_shell": page(P.JOBS_WISH_FILE, "/wishes/visit/shell"),
    "jobs.file_visited": page(P.JOBS_WISH_FILE, "/wishes/visit"),
    "jobs.wish": of_wish(SEE),
    "jobs.seeker_data": of_wish(P.JOBS_SEEKER_MANAGE, "/data"),
    "jobs.withdraw_consent": of_wish(P.JOBS_SEEKER_MANAGE, "/data/withdraw"),
    "jobs.export_data": of_wish(P.JOBS_SEEKER_MANAGE, "/data/export"),
    "jobs.compare_seekers": of_wish(MATCH, "/join/{0.twin_id}"),
    "jobs.join_seekers": of_wish(MATCH, "/join/{0.twin_id}"),
    "jobs.part_seekers": of_wish(MATCH, "/apart/{0.merge_id}"),
    "jobs.edit_wish": of_wish(SEE, "/change"),
    "jobs.change_wish": of_wish(SEE, "/change"),
    "jobs.call_seeker": of_wish(MATCH, "/call"),
    "jobs.move_wish": of_wish(MATCH, "/pause"),
    "jobs.take_wish": of_wish(MATCH, "/mine"),
    "jobs.refer_seeker": of_wish(MATCH, "/refer"),
    "jobs.skip_match": of_wish(MATCH, "/skip"),
    "jobs.unmask_seeker": of_wish(MATCH, "/contact/phone"),
    "jobs.referrals": page(SELF, "/referrals"),
    "jobs.referral": of_referral(SEE),
    "jobs.answer_referral": of_referral(ANSWER, "/offer"),
    "jobs.undo_place": of_referral(ANSWER, "/undo"),
    "jobs.unmask_referred": of_referral(ANSWER, "/contact/phone"),
    "jobs.leave_work": of_referral(MATCH, "/leave"),
    "jobs.follow_up": of_referral(MATCH, "/follow/7"),
}

DESK, STATION = P.JOBS_DESK_VIEW, P.JOBS_STATION_MANAGE


def of_station(url):
    return Row(STATION, f"/jobs{url}".format)


ROWS |= {
    "jobs.complaint_form": open_post("/complain"),
    "jobs.complain": open_post("/complain"),
    "jobs.kiosk_complaint": kiosk_post("/complain"),
    "jobs.kiosk_complain": kiosk_post("/complain"),
    "jobs.complaints": page(REVIEW, "/complaints"),
    "jobs.complaint": Row(REVIEW, "/jobs/complaints/{0.live_post_id}".format),
    "jobs.answer_complaints": Row(REVIEW, "/jobs/complaints/{0.live_post_id}".format),
    "jobs.empty_complaint": Row(
        REVIEW, "/jobs/complaints/{0.live_post_id}/{0.complaint_id}/empty".format
    ),
    "jobs.desk": page(DESK, "/desk"),
    "jobs.interviews": page(DESK, "/desk/interviews"),
    "jobs.ending_posts": page(WRITE, "/desk/ending"),
    "jobs.visits": page(STATION, "/desk/visits"),
    "jobs.count_visit": page(STATION, "/desk/visits"),
    "jobs.undo_visit": of_station("/desk/visits/{0.visit_id}/undo"),
    "jobs.stations": page(STATION, "/stations"),
    "jobs.new_station": page(STATION, "/stations/new"),
    "jobs.open_station": page(STATION, "/stations/new"),
    "jobs.station": of_station("/stations/{0.station_id}"),
    "jobs.change_station": of_station("/stations/{0.station_id}"),
    "jobs.place_screen": of_station("/screens/{0.screen_id}/station"),
    "jobs.figures": page(DESK, "/figures"),
    "jobs.figures_behind": page(DESK, "/figures/behind"),
    "jobs.figures_export": page(DESK, "/figures/export.xlsx"),
}

FAIR, MATCH = P.JOBS_FAIR_MANAGE, P.JOBS_WISH_MATCH


def fair(tail="", permission=FAIR):
    url = "/jobs/fairs/{0.fair_id}" + tail
    return Row(permission, url.format)


def booth(tail=""):
    url = "/jobs/fairs/{0.fair_id}/booths/{0.booth_id}" + tail
    return Row(FAIR, url.format)


def fair_pass(tail="", permission=FAIR):
    url = "/jobs/fairs/{0.fair_id}/passes/{0.pass_id}" + tail
    return Row(permission, url.format)


ROWS |= {
    "jobs.fairs": open_to_all("/fairs"),
    "jobs.fair": Row(None, lambda place: f"/jobs/fairs/{place.fair_id}", of_place=False),
    "jobs.fair_calendar": fair("/fair.ics", None),
    "jobs.fair_poster": fair("/poster", None),
    "jobs.new_fair": page(FAIR, "/fairs/new"),
    "jobs.plan_fair": page(FAIR, "/fairs/new"),
    "jobs.edit_fair": fair("/edit"),
    "jobs.change_fair": fair("/edit"),
    "jobs.fair_desk": fair("/desk"),
    "jobs.fair_figures": fair("/figures.xlsx"),
    "jobs.move_fair": fair("/close"),
    "jobs.add_booth": fair("/booths"),
    "jobs.fair_booth": booth(),
    "jobs.choose_posts": booth("/posts"),
    "jobs.add_slots": booth("/slots"),
    "jobs.remove_slot": booth("/slots/{0.slot_id}/remove"),
    "jobs.enter_result": booth("/result"),
    "jobs.remove_booth": booth("/remove"),
    "jobs.fair_door": fair("/door"),
    "jobs.check_in": fair("/door"),
    "jobs.count_walk_in": fair("/walk-ins"),
    "jobs.undo_walk_in": fair("/walk-ins/{0.walk_in_id}/undo"),
    "jobs.fair_passes": Row(
        MATCH, lambda place: f"/jobs/fairs/{place.fair_id}/passes", of_place=False
    ),
    "jobs.give_pass": Row(
        MATCH, lambda place: f"/jobs/fairs/{place.fair_id}/passes", of_place=False
    ),
    "jobs.fair_pass": fair_pass(permission=MATCH),
    "jobs.book_interview": fair_pass("/book"),
    "jobs.cancel_interview": fair_pass("/bookings/{0.booking_id}/cancel"),
    "jobs.refer_at_fair": fair_pass("/refer"),
}

KEEP, SEND = P.JOBS_OUTLET_MANAGE, P.JOBS_OUTLET_SEND


def outlet(tail):
    return Row(KEEP, lambda place: f"/jobs/channels/{place.outlet_id}{tail}")


def sending(tail=""):
    return Row(SEND, lambda place: f"/jobs/channels/sent/{place.sending_id}{tail}")


def post_channels():
    return Row(SEND, lambda place: f"/jobs/{place.live_post_id}/channels")


ROWS |= {
    "jobs.outlets": page(SEND, "/channels"),
    "jobs.add_outlet": page(KEEP, "/channels"),
    "jobs.outlet": outlet(""),
    "jobs.change_outlet": outlet(""),
    "jobs.switch_outlet": outlet("/off"),
    "jobs.try_outlet": outlet("/try"),
    "jobs.sendings": page(SEND, "/channels/sent"),
    "jobs.sending": sending(),
    "jobs.published_by_hand": sending("/done"),
    "jobs.post_channels": post_channels(),
    "jobs.send_post": post_channels(),
    "jobs.fair_channels": fair("/channels", SEND),
    "jobs.send_fair": fair("/channels", SEND),
    "jobs.digest_channels": page(SEND, "/channels/today"),
    "jobs.send_digest": page(SEND, "/channels/today"),
}
