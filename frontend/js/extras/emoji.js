/** Each line: an emoji, its English names, and after "|" its German ones. The first name is shown. */
const table = `
😀 grinning smile | grinsen lachen
😄 happy smile | fröhlich freude
😁 beaming grin | strahlen grinsen
😆 laughing haha | lachen haha
😅 sweat_smile phew | schwitzen puh
😂 joy tears laughing lol | freudentränen lachen lol
🤣 rofl rolling | kugeln lachen
🙂 slight_smile | lächeln
🙃 upside_down | kopfüber verkehrt
😉 wink | zwinkern
😊 blush smile | erröten lächeln
😇 innocent angel | unschuldig engel
🥰 in_love hearts | verliebt herzen
😍 heart_eyes love | herzaugen verliebt
🤩 star_struck wow | begeistert sterne
😘 kiss | kuss küssen
😋 yum tasty | lecker
😜 winking_tongue crazy | zunge verrückt
🤪 zany crazy | verrückt albern
🤗 hug | umarmung umarmen
🤔 thinking hmm | nachdenken hmm
🤨 raised_eyebrow doubt | augenbraue zweifel
😐 neutral | neutral
😑 expressionless | ausdruckslos
😶 no_mouth silent | sprachlos stumm
😏 smirk | süffisant
😒 unamused | unbegeistert genervt
🙄 eye_roll | augenrollen
😬 grimace | grimasse
😌 relieved | erleichtert
😔 pensive sad | bedrückt traurig
😴 sleeping | schlafen müde
🥱 yawn tired | gähnen müde
😷 mask ill | maske krank
🤒 ill fever | krank fieber
🤧 sneeze | niesen schnupfen
🥳 party celebrate | party feiern
😎 cool sunglasses | cool sonnenbrille
🤓 nerd | nerd streber
😕 confused | verwirrt
🙁 frown sad | stirnrunzeln traurig
😮 open_mouth wow | staunen wow
😲 astonished wow | erstaunt
😳 flushed | errötet verlegen
🥺 pleading please | bittend bitte
😢 cry sad | weinen traurig
😭 sob crying | heulen weinen
😱 scream fear | schreien angst
😤 huff triumph | schnauben
😠 angry | wütend ärger
😡 rage angry | zornig wütend
🤯 mind_blown exploding | umgehauen explodieren
😈 devil | teufel
💀 skull dead | totenkopf tot
💩 poop | haufen kacke
🤡 clown | clown
👻 ghost | geist gespenst
👽 alien | außerirdisch alien
🤖 robot bot | roboter bot
👍 thumbs_up yes +1 good | daumen_hoch ja +1 gut
👎 thumbs_down no -1 bad | daumen_runter nein -1 schlecht
👏 clap applause | klatschen applaus
🙌 raised_hands hooray | hände_hoch hurra
🙏 thanks please pray | danke bitte beten
🤝 handshake deal | handschlag abgemacht
👋 wave hello bye | winken hallo tschüss
✌️ victory peace | sieg frieden
🤞 fingers_crossed luck | daumen_drücken glück
👌 ok_hand perfect | okay perfekt
🤌 pinched_fingers | fingerspitzen
💪 muscle strong | muskel stark
✋ hand stop | hand stopp
☝️ point_up | zeigefinger
👉 point_right | rechts zeigen
👈 point_left | links zeigen
👇 point_down | unten zeigen
🤷 shrug | schulterzucken egal
🤦 facepalm | stirnklatschen
🙋 raising_hand me | melden ich
👀 eyes look | augen schauen
🧠 brain | gehirn
❤️ heart love | herz liebe
🧡 orange_heart | oranges_herz
💛 yellow_heart | gelbes_herz
💚 green_heart | grünes_herz
💙 blue_heart | blaues_herz
💜 purple_heart | lila_herz
🖤 black_heart | schwarzes_herz
💔 broken_heart | gebrochenes_herz
💯 hundred 100 | hundert 100
💥 boom collision | knall explosion
💫 dizzy | schwindelig
💬 speech | sprechblase
💤 zzz sleep | schnarchen schlaf
🔥 fire hot | feuer heiß
✨ sparkles new | funkeln neu
⭐ star | stern
🌟 glowing_star | leuchtstern
⚡ lightning zap | blitz
☀️ sun | sonne
🌤️ partly_sunny | heiter
☁️ cloud | wolke
🌧️ rain | regen
❄️ snow cold | schnee kalt
🌈 rainbow | regenbogen
🌍 world earth | welt erde
🌱 seedling plant | keimling pflanze
🌸 blossom flower | blüte blume
🌹 rose | rose
🌳 tree | baum
🍀 clover luck | kleeblatt glück
🐶 dog | hund
🐱 cat | katze
🐭 mouse | maus
🐰 rabbit | hase kaninchen
🦊 fox | fuchs
🐻 bear | bär
🐼 panda | panda
🐸 frog | frosch
🐢 turtle slow | schildkröte langsam
🐙 octopus | krake
🐛 bug | käfer fehler
🦋 butterfly | schmetterling
🐝 bee | biene
🦄 unicorn | einhorn
🍎 apple | apfel
🍌 banana | banane
🍓 strawberry | erdbeere
🍕 pizza | pizza
🍔 burger | burger
🍟 fries | pommes
🌭 hot_dog | hotdog
🥗 salad | salat
🍰 cake | kuchen
🎂 birthday cake | geburtstag torte
🍪 cookie | keks
🍫 chocolate | schokolade
☕ coffee | kaffee
🍵 tea | tee
🍺 beer | bier
🍻 cheers beers | prost biere
🍷 wine | wein
🥂 toast cheers | anstoßen sekt
🎉 tada party celebrate | konfetti party feiern
🎊 confetti | konfettiball
🎁 gift present | geschenk
🎈 balloon | luftballon
🏆 trophy win | pokal gewinn
🥇 first medal gold | erster medaille gold
⚽ soccer football | fußball
🎮 game controller | spiel controller
🎲 dice | würfel
🎵 music note | musik note
🎸 guitar | gitarre
📷 camera photo | kamera foto
💻 laptop computer | laptop computer
📱 phone mobile | handy telefon
📞 call telephone | anruf hörer
📧 email mail | e-mail mail
📅 calendar date | kalender datum
📌 pin | pinnnadel
📎 paperclip | büroklammer
📝 memo note | notiz
📊 chart | diagramm
📈 chart_up | anstieg
📉 chart_down | abfall
📦 package | paket
🔑 key | schlüssel
🔒 lock | schloss
🔧 wrench tool | werkzeug schlüssel
🔨 hammer | hammer
⚙️ gear settings | zahnrad einstellungen
🔗 link | verknüpfung
🔍 search magnifier | suche lupe
💡 idea bulb | idee glühbirne
💰 money | geld
⏰ alarm clock | wecker
⏳ hourglass wait | sanduhr warten
🚀 rocket ship launch | rakete start
✈️ plane | flugzeug
🚗 car | auto
🚲 bike | fahrrad
🚆 train | zug
🏠 house home | haus zuhause
🏖️ beach holiday | strand urlaub
⛰️ mountain | berg
✅ check done | haken erledigt
☑️ checkbox | kästchen
❌ cross no | kreuz nein
❓ question | frage
❗ exclamation | ausrufezeichen
⚠️ warning | warnung
🚫 forbidden | verboten
🛑 stop | stopp
♻️ recycle | recycling
🆗 ok | ok
🆕 new | neu
🔴 red | rot
🟢 green | grün
🟡 yellow | gelb
🔵 blue | blau
🏁 finish flag | ziel flagge
🚩 red_flag | rote_flagge
`;

/**
 * Common emoji with their names, which have no spaces. Those of the other language find them, too.
 * @param {boolean} german
 */
export function emoji(german) {
  const lines = table.trim().split("\n");
  return lines.map((line) => {
    const [text, ...rest] = line.split(" ");
    const [english, others] = rest
      .join(" ")
      .split(" | ")
      .map((names) => names.split(" "));
    return { text, names: [...new Set(german ? [...others, ...english] : [...english, ...others])] };
  });
}
