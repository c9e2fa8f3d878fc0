/** More texts of rooms, and of what happens to them and to messages, in English. */
export const enRooms = {
  inField: "Being edited",
  allDeleted: "All messages in {room} have been deleted.",
  roomDeleted: "{room} has been deleted.",
  bannedFromUntil: "You are banned from {room} until {time}.",
};
