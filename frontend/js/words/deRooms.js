/** @type {typeof import("./enRooms.js").enRooms} */
export const deRooms = {
  inField: "Wird bearbeitet",
  allDeleted: "In {room} wurden alle Nachrichten gelöscht.",
  roomDeleted: "{room} wurde gelöscht.",
  bannedFromUntil: "Du bist in {room} bis {time} gesperrt.",
  ban: "Sperren…",
  banQuestion: "{name} sperren? Bis zum Ende der Sperre ist {room} nicht zu betreten, und schreiben geht dort nicht.",
  banLength: "Wie lange",
  forGood: "Für immer",
  removeQuestion: "{name} aus {room} entfernen? Für die Rückkehr ist eine neue Einladung nötig.",
  removedNow: "Du hast {name} entfernt.",
  bannedNow: "Du hast {name} gesperrt.",
  bannedNowUntil: "Du hast {name} bis {time} gesperrt.",
  undo: "Rückgängig",
  leaveQuestion: "{room} verlassen?",
  hideRoom: "In diesem Browser ausblenden",
  hideHint:
    "Der Raum verschwindet hier aus deiner Liste. Du bleibst Mitglied: Seine Adresse und deine anderen Geräte führen weiter dorthin.",
  leaveForGoodOffer: "Ganz verlassen…",
  leaveForGood: "Ganz verlassen",
  leaveForGoodHint:
    "Du bist dann auf keinem Gerät mehr Mitglied und kommst nur mit einer neuen Einladung zurück. Was du geschrieben hast, bleibt.",
  leaveAloneHint: "Du bist das einzige Mitglied. Danach kann niemand mehr den Raum betreten.",
  leaveSure: "Wirklich ganz verlassen? Das lässt sich nicht rückgängig machen.",
  lastOwnerHint:
    "Der Raum gehört nur dir, deshalb kannst du ihn noch nicht ganz verlassen. Mach zuerst jemand anderen zum Besitzer.",
  invitationOverHint:
    "Sie ist aufgebraucht, abgelaufen oder zurückgenommen. Bitte um einen neuen Link, wo du diesen herhast.",
  invitationUntil: "Gültig bis {time}.",
  didYouMean: "{name} heißt hier niemand. Meinst du {names}?",
  banNow: "Sperren",
  removeNow: "Entfernen",
};
