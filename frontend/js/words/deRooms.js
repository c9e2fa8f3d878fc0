/** @type {typeof import("./enRooms.js").enRooms} */
export const deRooms = {
  inField: "Wird bearbeitet",
  allDeleted: "In {room} wurden alle Nachrichten gelöscht.",
  roomDeleted: "{room} wurde gelöscht.",
  bannedFromUntil: "Du bist in {room} bis {time} gesperrt.",
};
